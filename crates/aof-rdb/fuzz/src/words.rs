//! Items in words, so that they can be kept and compared: a string is the same however it is written.

use aof_rdb::{Group, Item, LeftOut, StreamInfo};

/// What an item says.
pub fn words(item: &Item<'_>) -> String {
    match *item {
        Item::String(text) | Item::Element(text) | Item::Member(text) => {
            format!("{:?}", text.to_vec())
        }
        Item::Scored(member, score) => format!("{:?} {:x}", member.to_vec(), score.to_bits()),
        Item::Field(field, value, expiry) => {
            format!("{:?} {:?} {expiry:?}", field.to_vec(), value.to_vec())
        }
        Item::Module(module) => format!("{} {:?}", module.id, module.bytes),
        _ => of_stream(item),
    }
}

fn of_stream(item: &Item<'_>) -> String {
    match item {
        Item::Entry(id, fields) => {
            let words: Vec<_> =
                fields.iter().flat_map(|it| [it.0.to_vec(), it.1.to_vec()]).collect();
            format!("{id} {words:?}")
        }
        Item::Stream(info) => {
            let history =
                info.history.map(|it| format!(" {} {} {}", it.first, it.max_deleted, it.added));
            format!("{} {}{}", info.length, info.last, history.unwrap_or_default())
        }
        Item::Group(group) => of_group(group),
        Item::Producer(producer) => {
            let words: Vec<_> =
                producer.messages.iter().map(|it| format!("{:?} {}", it.0, it.1)).collect();
            format!("{:?} {words:?}", producer.name)
        }
        Item::Naming(it) => format!("{} {} {} {}", it.duration, it.most, it.added, it.repeated),
        other => panic!("{other:?}"),
    }
}

fn of_group(group: &Group<'_>) -> String {
    let pending = group.pending.iter();
    let pending =
        pending.map(|it| format!("{} {} {} {:?}", it.id, it.delivered, it.count, it.owner));
    let consumers = group.consumers.iter();
    let consumers = consumers.map(|it| format!("{:?} {} {:?}", it.name, it.seen, it.active));
    let words: Vec<_> = pending.chain(consumers).collect();
    format!("{:?} {} {:?} {words:?}", group.name, group.last, group.read)
}

/// What an item says without what was left out of its value; `None` if that is all of it. How names of messages are
/// kept, no target can hold.
pub fn without(item: &Item<'_>, left_out: LeftOut) -> Option<String> {
    let kept = match *item {
        Item::Field(field, value, _) if left_out.field_expiries > 0 => {
            Item::Field(field, value, None)
        }
        // What was over before 1970 is over then.
        Item::Field(field, value, expiry) => {
            Item::Field(field, value, expiry.map(|millis| millis.max(1)))
        }
        Item::Producer(_) if left_out.message_names => return None,
        Item::Naming(_) => return None,
        Item::Stream(info) if left_out.stream_history => {
            Item::Stream(StreamInfo { history: None, ..info })
        }
        Item::Group(group) if left_out.stream_history => {
            let mut group = Group { read: None, ..group.clone() };
            group.consumers.iter_mut().for_each(|it| it.active = None);
            return Some(words(&Item::Group(&group)));
        }
        item => item,
    };
    Some(words(&kept))
}
