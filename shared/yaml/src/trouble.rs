//! Why a file cannot be read: in words, on the line that is wrong, with the usual mend.
//!
//! A parser notices a mistake where it cannot go on, which is often some lines after it. What is said here begins with
//! the lines around that place, and looks for what people usually write there.

use granit_parser::{ErrorKind, Options, ScanError, Scanner, StrInput, TokenType};

use crate::{
    build::place,
    marks::{Mark, marks},
    node::Place,
};

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub place: Place,
    /// What is wrong, and what to write.
    pub message: String,
}

impl Trouble {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Trouble {
        Trouble {
            place,
            message: message.into(),
        }
    }
}

/// What a parser's error means for whoever wrote the file.
pub(crate) fn explain(text: &str, error: &ScanError) -> Trouble {
    let lines = Lines::of(text);
    let at = place(*error.marker());
    let near = lines.near(at.line);
    let kind = error.kind();
    near.iter()
        .find_map(|line| line.mark())
        .or_else(|| bracket(text, at, kind))
        .or_else(|| by_kind(&lines, at, kind))
        .or_else(|| near.iter().find_map(|line| line.usual_mistake()))
        .or_else(|| quote_before(&lines, at, kind))
        .or_else(|| by_indentation(&lines, at, kind))
        .unwrap_or_else(|| Trouble::new(at, format!("this is not YAML that can be read: {kind}")))
}

/// What is often behind a bracket that seems to be wrong.
const QUOTES: &str =
    "a text between brackets with `: `, `,`, ` #` or a bracket in it needs quotes around it";

/// The lines of a file, as editors count them.
struct Lines<'t> {
    all: Vec<Line<'t>>,
}

/// A line without its comment.
#[derive(Clone, Copy)]
struct Line<'t> {
    number: u32,
    text: &'t str,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Lines<'t> {
        let lines = text
            .split('\n')
            .flat_map(|line| line.trim_end_matches('\r').split('\r'));
        let numbered = (1..).zip(lines);
        let all = numbered.map(|(number, text)| Line {
            number,
            text: without_comment(text),
        });
        Lines { all: all.collect() }
    }

    fn line(&self, number: u32) -> Option<Line<'t>> {
        let before = usize::try_from(number.checked_sub(1)?).ok()?;
        self.all.get(before).copied()
    }

    /// The line and the one before it, without those that are empty.
    fn near(&self, number: u32) -> Vec<Line<'t>> {
        let until = self
            .all
            .iter()
            .rev()
            .skip_while(|line| line.number > number);
        let full = until.filter(|line| !line.text.trim().is_empty());
        full.take(2).copied().collect()
    }
}

fn without_comment(line: &str) -> &str {
    let begins = line.trim_start().starts_with('#');
    let end = line.find(" #").filter(|_| !line.contains(['"', '\'']));
    match (begins, end) {
        (true, _) => "",
        (false, Some(end)) => line.get(..end).unwrap_or(line),
        (false, None) => line,
    }
}

impl Line<'_> {
    fn at(&self, byte: usize) -> Place {
        let before = self.text.get(..byte).unwrap_or_default();
        let column = u32::try_from(before.chars().count()).unwrap_or(u32::MAX);
        Place {
            line: self.number,
            column: column.saturating_add(1),
        }
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// A mark that is taken for something else, where YAML reads letter by letter: before a value, or around it.
    fn mark(&self) -> Option<Trouble> {
        let trimmed = self.text.trim();
        let value = self.value().map_or(trimmed, |(_, value)| value);
        let outer = [value.chars().next(), value.chars().next_back()];
        let (n, c, mark) = marks(self.text).find(|(_, c, mark)| match mark {
            Mark::Quote => outer.contains(&Some(*c)),
            Mark::Space | Mark::Invisible => value.split_whitespace().count() < 4,
        })?;
        let byte = self.text.char_indices().nth(n).map_or(0, |(byte, _)| byte);
        Some(Trouble::new(self.at(byte), mark.in_words(c)))
    }

    /// The value after `name: ` or `- `, with where it begins.
    fn value(&self) -> Option<(usize, &str)> {
        let dash = self.text.trim_start().strip_prefix("- ");
        let after = match self.text.find(": ") {
            Some(colon) => self.text.get(colon + 2..)?,
            None => dash?,
        };
        let value = after.trim_start();
        (!value.is_empty()).then(|| (self.text.len() - value.len(), value.trim_end()))
    }

    /// What people write most often, and cannot be meant otherwise.
    fn usual_mistake(&self) -> Option<Trouble> {
        let mistakes = [
            Line::braces,
            Line::no_space,
            Line::odd_quote,
            Line::text_after_quote,
            Line::colon_in_text,
            Line::sign_before_text,
        ];
        mistakes.into_iter().find_map(|look| look(self))
    }

    /// `{given}.{family}` without quotes.
    fn braces(&self) -> Option<Trouble> {
        let (at, value) = self.value()?;
        let (inner, rest) = value.strip_prefix('{')?.split_once('}')?;
        let lonely = !inner.contains([':', ',', '{', '"']) && !rest.trim().is_empty();
        let message = format!("a text that begins with `{{` needs quotes: \"{value}\"");
        lonely.then(|| Trouble::new(self.at(at), message))
    }

    /// `name:value`.
    fn no_space(&self) -> Option<Trouble> {
        let start = self.text.trim_start().trim_start_matches("- ");
        let (name, value) = start.split_once(':')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let joined = !value.is_empty() && !value.starts_with([' ', '/']);
        if name.is_empty() || !name.chars().all(plain) || !joined {
            return None;
        }
        let at = self.text.len() - value.len();
        let message = format!(
            "a space is missing after the colon: `{name}: {}`",
            value.trim()
        );
        Some(Trouble::new(self.at(at), message))
    }

    /// A quote that is opened and not closed.
    fn odd_quote(&self) -> Option<Trouble> {
        let escaped = self.text.replace("\\\\", "__").replace("\\\"", "__");
        let double = (escaped.matches('"').count() % 2 == 1).then(|| escaped.rfind('"'));
        let value = self.value().filter(|(_, value)| value.starts_with('\''));
        let single =
            value.filter(|(_, value)| !value.contains("' ") && value.matches('\'').count() == 1);
        let at = double.flatten().or(single.map(|(at, _)| at))?;
        let quote = self.text.get(at..)?.chars().next()?;
        let message =
            format!("the quote that opens here is not closed: write {quote} at the end, too");
        Some(Trouble::new(self.at(at), message))
    }

    /// `name: - text`, `name: ? text`.
    fn sign_before_text(&self) -> Option<Trouble> {
        let (at, value) = self.value()?;
        let sign = value.chars().next().filter(|c| matches!(c, '-' | '?'))?;
        let alone = value.get(1..)?.chars().next().is_none_or(|c| c == ' ');
        let message = format!(
            "a text that begins with `{sign}` needs quotes; a list begins on a line of its own"
        );
        alone.then(|| Trouble::new(self.at(at), message))
    }

    /// `"{given}".{family}`: a value ends with the quote.
    fn text_after_quote(&self) -> Option<Trouble> {
        let (at, value) = self.value()?;
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (_, rest) = value.get(1..)?.split_once(quote)?;
        let ends = rest
            .trim_start()
            .chars()
            .next()
            .is_none_or(|c| ",]}#:".contains(c));
        let message = format!(
            "the value ends with its second {quote}, and text comes after it: put the quotes around all of it"
        );
        (!ends).then(|| Trouble::new(self.at(at), message))
    }

    /// `Do this: then that` without quotes.
    fn colon_in_text(&self) -> Option<Trouble> {
        let (at, value) = self.value()?;
        let plain = !value.starts_with(['{', '[', '"', '\'', '|', '>', '&', '*', '!']);
        let message = format!(
            "a text with `: ` in it needs quotes: \"{}\"",
            value.replace('"', "\\\"")
        );
        (plain && value.contains(": ")).then(|| Trouble::new(self.at(at), message))
    }
}

/// A bracket that is not closed, or closed by another.
fn bracket(text: &str, at: Place, kind: &ErrorKind) -> Option<Trouble> {
    let unclosed = matches!(
        kind,
        ErrorKind::UnclosedFlowCollection { .. }
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::InvalidFlowScalarIndent
            | ErrorKind::InvalidColonPlacement
            | ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
    );
    if let ErrorKind::MismatchedFlowCollectionEnd { open, close } = kind {
        let message = format!("`{close}` closes nothing: what is open here began with `{open}`");
        return Some(Trouble::new(at, message));
    }
    if matches!(kind, ErrorKind::MisplacedFlowCollectionEnd) {
        let message =
            "a bracket is closed here that was not opened; a text with brackets needs quotes";
        return Some(Trouble::new(at, message));
    }
    if !unclosed {
        return None;
    }
    let (opened, open) = match kind {
        ErrorKind::UnclosedFlowCollection { open } => (at, *open),
        _ => innermost(text, at)?,
    };
    let close = if open == '[' { ']' } else { '}' };
    if opened.line == at.line {
        let message = format!("a comma or `{close}` is missing before this; {QUOTES}");
        let separator = matches!(
            kind,
            ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator
        );
        if separator {
            return Some(Trouble::new(at, message));
        }
    }
    let message = format!("`{open}` opens here and is not closed: `{close}` is missing");
    let before = usize::try_from(opened.line).unwrap_or_default();
    let line = text.lines().nth(before.saturating_sub(1));
    // A comment takes the bracket that closes with it.
    let message = match line.is_some_and(|line| line.contains(" #")) {
        true => format!("{message}; {QUOTES}"),
        false => message,
    };
    Some(Trouble::new(opened, message))
}

/// The last bracket that is open at a place.
fn innermost(text: &str, until: Place) -> Option<(Place, char)> {
    let scanner = Scanner::with_options(StrInput::new(text), Options::default());
    let mut open = Vec::new();
    for token in scanner {
        let Ok(token) = token else { break };
        let at = place(token.span().start);
        if at >= until {
            break;
        }
        match token.token_type() {
            TokenType::FlowSequenceStart => open.push((at, '[')),
            TokenType::FlowMappingStart => open.push((at, '{')),
            TokenType::FlowSequenceEnd | TokenType::FlowMappingEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

fn by_kind(lines: &Lines<'_>, at: Place, kind: &ErrorKind) -> Option<Trouble> {
    let message = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => return Some(tab(lines, at)),
        ErrorKind::UnexpectedCharacter { character } => {
            format!("a text cannot begin with {character}: put it in quotes")
        }
        ErrorKind::UnknownAnchor | ErrorKind::MissingAnchorOrAliasName => {
            "a text that begins with `*` or `&` needs quotes".to_owned()
        }
        ErrorKind::UndeclaredTagHandle
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::ExpectedTagBang => "a text that begins with `!` needs quotes".to_owned(),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => {
            "a backslash in \"…\" begins a sign of its own: write \\\\, or put the text in '…'"
                .to_owned()
        }
        ErrorKind::FlowMappingValueAdjacentCollection
        | ErrorKind::InvalidMappingValueWhitespace => {
            "a space is missing after the colon".to_owned()
        }
        ErrorKind::InvalidBlockEntryWhitespace => "a space is missing after `-`".to_owned(),
        ErrorKind::MissingDirectiveName | ErrorKind::InvalidDirectiveName => {
            "a text cannot begin with %: put it in quotes".to_owned()
        }
        ErrorKind::RecursionLimitExceeded => "this is nested deeper than a file can be".to_owned(),
        _ => return None,
    };
    Some(Trouble::new(at, message))
}

/// The last quote before a place that has no second one on its line: what is between it and the next is one text.
fn quote_before(lines: &Lines<'_>, at: Place, kind: &ErrorKind) -> Option<Trouble> {
    let of_quotes = matches!(
        kind,
        ErrorKind::UnclosedQuotedScalar
            | ErrorKind::InvalidTrailingSingleQuotedScalar
            | ErrorKind::InvalidTrailingDoubleQuotedScalar
    );
    let before = lines.all.iter().filter(|line| line.number <= at.line);
    before.rev().filter(|_| of_quotes).find_map(Line::odd_quote)
}

/// The tab is on the line, or on one beside it.
fn tab(lines: &Lines<'_>, at: Place) -> Trouble {
    let numbers = [
        Some(at.line),
        at.line.checked_add(1),
        at.line.checked_sub(1),
    ];
    let mut near = numbers.into_iter().filter_map(|number| lines.line(number?));
    let found = near.find_map(|line| Some(line.at(line.text.find('\t')?)));
    let message = "a tab stands here, and YAML takes none: indent with spaces";
    Trouble::new(found.unwrap_or(at), message)
}

/// Nothing else was found: most likely a line stands further in, or further out, than it should.
fn by_indentation(lines: &Lines<'_>, at: Place, kind: &ErrorKind) -> Option<Trouble> {
    let near = lines.near(at.line);
    let line = near.first()?;
    let start = line.at(line.indent());
    let before = near.get(1);
    let has_value = before.is_some_and(|before| before.value().is_some());
    let message = match kind {
        ErrorKind::MappingValueNotAllowed | ErrorKind::SimpleKeyExpected
            if has_value && before.is_some_and(|before| before.indent() < line.indent()) =>
        {
            "this stands further in than the line before it, which has a value already: begin both in the same column"
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            "`name: value` is wanted here: a colon is missing, or a text of several lines lacks `|` before it"
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::ExpectedDocumentStart => {
            "this line does not begin in the column of those that it belongs to: indent them alike"
        }
        _ => return None,
    };
    Some(Trouble::new(start, message))
}
