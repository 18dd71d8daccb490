//! What the command line prints. The macros take the place of the standard library's in this crate: text from outside
//! reaches no terminal as it is ([`latchkey_lifecycle::shown`]), and whoever stops reading (`latchkey cases | head -1`)
//! stops nothing: the command goes on with its work, and prints no more.

use std::{
    fmt::Arguments,
    io::{ErrorKind, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use latchkey_lifecycle::shown;

macro_rules! println {
    () => { $crate::print::to_output(format_args!("\n")) };
    ($($told:tt)*) => { $crate::print::to_output(format_args!("{}\n", format_args!($($told)*))) };
}

macro_rules! print {
    ($($told:tt)*) => { $crate::print::to_output(format_args!($($told)*)) };
}

macro_rules! eprintln {
    ($($told:tt)*) => { $crate::print::to_errors(format_args!("{}\n", format_args!($($told)*))) };
}

/// Nobody reads the output any more.
static CLOSED: AtomicBool = AtomicBool::new(false);

pub(crate) fn to_output(told: Arguments<'_>) {
    if CLOSED.load(Ordering::Relaxed) {
        return;
    }
    let mut output = std::io::stdout().lock();
    if let Err(problem) = write_shown(&mut output, told) {
        CLOSED.store(true, Ordering::Relaxed);
        if problem.kind() != ErrorKind::BrokenPipe {
            eprintln!("latchkey: the output cannot be written: {problem}");
        }
    }
}

pub(crate) fn to_errors(told: Arguments<'_>) {
    // There is nowhere else to say that it cannot be said.
    let _ = write_shown(&mut std::io::stderr().lock(), told);
}

fn write_shown(to: &mut impl Write, told: Arguments<'_>) -> std::io::Result<()> {
    to.write_all(shown::text(&told.to_string()).as_bytes())?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_reaches_the_terminal() {
        let mut terminal = Vec::new();
        let title = "Clerk\u{1b}]0;root\u{7}\u{202e}";
        write_shown(&mut terminal, format_args!("| {title} |\n")).unwrap();
        let text = String::from_utf8(terminal).unwrap();
        assert_eq!(text, "| Clerk\u{fffd}]0;root\u{fffd}\u{fffd} |\n");
    }
}
