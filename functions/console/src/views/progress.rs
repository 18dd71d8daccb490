//! How far a case is: a segment for each of its tasks, and the same in words.

use maud::{Markup, Render, html};

use crate::views::state::{State, Tone};

/// Width and height of the segments, without unit: they are as wide as their place.
const WIDTH: f64 = 176.0;
const HEIGHT: u8 = 8;
/// Between two segments.
const GAP: f64 = 2.0;

/// How far a case is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    states: Vec<State>,
}

/// In which order segments stand, and by which class each is drawn.
fn part(state: State) -> (u8, &'static str) {
    match (state.word, state.tone) {
        ("verified", _) => (0, "v"),
        ("left out", _) => (1, "w"),
        (_, Tone::Bad) => (2, "m"),
        (_, Tone::Warn) => (3, "h"),
        (_, Tone::Plain) => (4, "a"),
        _ => (5, "p"),
    }
}

impl Progress {
    pub(crate) fn of(states: &[State]) -> Progress {
        let mut states = states.to_vec();
        states.sort_by_key(|state| part(*state).0);
        Progress { states }
    }

    pub(crate) fn all(&self) -> usize {
        self.states.len()
    }

    /// How many stand so.
    pub(crate) fn count(&self, word: &str) -> usize {
        self.states
            .iter()
            .filter(|state| state.word == word)
            .count()
    }

    /// What asks for somebody, with how many do, and what was left out.
    fn besides(&self) -> Vec<(usize, State)> {
        let mut all: Vec<(usize, State)> = Vec::new();
        for state in &self.states {
            let says = state.word == "left out" || matches!(state.tone, Tone::Bad | Tone::Warn);
            if !says {
                continue;
            }
            match all.iter_mut().find(|(_, said)| said.word == state.word) {
                Some((count, _)) => *count += 1,
                None => all.push((1, *state)),
            }
        }
        all.sort_by_key(|(_, state)| state.word == "left out");
        all
    }

    fn segments(&self) -> Markup {
        #[allow(clippy::cast_precision_loss)]
        let each = WIDTH / self.states.len().max(1) as f64;
        let places = std::iter::successors(Some(0.0), |x| Some(x + each));
        html! {
            svg.segs viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" aria-hidden="true" {
                @for (state, at) in self.states.iter().zip(places) {
                    rect class=(part(*state).1) x=(format!("{at:.1}")) y="0"
                        width=(format!("{:.1}", (each - GAP).max(0.5))) height=(HEIGHT) rx="1.5" {}
                }
            }
        }
    }
}

impl Render for Progress {
    fn render(&self) -> Markup {
        if self.states.is_empty() {
            return html! { span."bar-words" { "no checklist yet" } };
        }
        html! {
            (self.segments())
            span."bar-words" {
                (self.count("verified")) " of " (self.all()) " verified"
                @for (count, state) in self.besides() {
                    @let class = match state.tone {
                        Tone::Bad => Some("state bad"),
                        Tone::Warn => Some("state warn"),
                        _ => None,
                    };
                    " · " span class=[class] { (count) " " (state.word) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glyph::Glyph;

    fn state(word: &'static str, tone: Tone) -> State {
        State {
            glyph: Glyph::Asked,
            word,
            tone,
        }
    }

    #[test]
    fn the_words_say_what_the_segments_show() {
        let progress = Progress::of(&[
            state("late", Tone::Bad),
            state("verified", Tone::Good),
            state("left out", Tone::Calm),
            state("late", Tone::Bad),
            state("asked", Tone::Plain),
        ]);
        let text = progress.render().0;
        assert!(text.contains("1 of 5 verified"), "{text}");
        assert!(
            text.contains(r#"<span class="state bad">2 late</span> · <span>1 left out"#),
            "{text}"
        );
        assert_eq!(text.matches("<rect").count(), 5);
        let first = text.find(r#"class="v""#).unwrap();
        assert!(first < text.find(r#"class="m""#).unwrap());
        assert!(Progress::of(&[]).render().0.contains("no checklist yet"));
    }
}
