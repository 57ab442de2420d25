//! What clients of a small shop ask their server for. Readable, and the same every time.

use super::session::Argv;

/// Words to arguments.
pub(super) fn say(line: &str) -> Argv {
    line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

/// A command whose last argument is any bytes.
pub(super) fn say_with(line: &str, last: &[u8]) -> Argv {
    let mut argv = say(line);
    argv.push(last.to_vec());
    argv
}

/// Lines to commands.
pub(super) fn lines(text: &[&str]) -> Vec<Argv> {
    text.iter().map(|line| say(line)).collect()
}

/// One order: a hash, a queue, a counter; every third as a transaction. Database 0.
pub(super) fn order(number: u32) -> Vec<Argv> {
    let id = 1000 + number;
    let mut records = vec![
        format!("HSET order:{id} item lamp-{number} price {}", 900 + 7 * number),
        format!("RPUSH queue:open order:{id}"),
        "INCR stat:orders".to_owned(),
    ];
    if number.is_multiple_of(3) {
        records.insert(0, "MULTI".to_owned());
        records.push("EXEC".to_owned());
    }
    records.iter().map(|line| say(line)).collect()
}

/// Orders from `first` on.
pub(super) fn orders(first: u32, count: u32) -> Vec<Argv> {
    (first..first + count).flat_map(order).collect()
}

/// Sessions of visitors, in database 1; goes back to database 0.
pub(super) fn sessions(first: u32, count: u32) -> Vec<Argv> {
    let mut records = vec![say("SELECT 1")];
    for number in first..first + count {
        records.push(say(&format!("SET session:{number} visitor-{}", 7 * number + 1)));
        records.push(say(&format!("SADD online visitor-{}", 7 * number + 1)));
    }
    records.push(say("SELECT 0"));
    records
}

/// Events of a stream with explicit ids.
pub(super) fn events(first: u64, count: u64) -> Vec<Argv> {
    let event = |n| say(&format!("XADD events 1700000000000-{n} order {} state paid", 1000 + n));
    (first..first + count).map(event).collect()
}
