//! Commands as clients send them and logs hold them.

/// Appends a command.
///
/// ```
/// let mut out = Vec::new();
/// aof_resp::request(&["SET", "key", ""], &mut out);
/// assert_eq!(out, b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n");
/// ```
pub fn request<A: AsRef<[u8]>>(args: &[A], out: &mut Vec<u8>) {
    request_head(args.len(), out);
    args.iter().for_each(|arg| request_arg(arg.as_ref(), out));
}

/// Appends the beginning of a command that has so many arguments, its name included.
pub fn request_head(count: usize, out: &mut Vec<u8>) {
    head(b'*', count, out);
}

/// Appends an argument behind the beginning of its command.
pub fn request_arg(arg: &[u8], out: &mut Vec<u8>) {
    head(b'$', arg.len(), out);
    out.extend_from_slice(arg);
    out.extend_from_slice(b"\r\n");
}

fn head(kind: u8, number: usize, out: &mut Vec<u8>) {
    out.push(kind);
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    out.extend_from_slice(b"\r\n");
}
