//! What happened to a task, as marks on its row: each kind has a shape of its own.

use maud::{Markup, html};

use crate::{
    chart::Scale,
    report::{Kind, Mark},
};

/// Marks stand at least so far from each other, in pixels, so that each can be seen on any screen.
const APART: u32 = 16;
/// The same in hundredths of the narrowest chart, that of a telephone.
const APART_AT_MOST: f64 = 5.6;
/// Repeated marks so near to each other are one, in hundredths of the chart's width.
const REPEATED: f64 = 1.6;
/// Instants so near to each other are one to the eye.
const SAME: f64 = 0.6;
/// Marks from this rank on are always seen.
const ALWAYS: u8 = 9;

/// How much a mark matters where several stand at one place; `None` is not drawn.
pub(crate) fn rank(kind: Kind) -> Option<u8> {
    match kind {
        Kind::Begun => Some(1),
        Kind::Asked => Some(2),
        Kind::CarriedOut => Some(3),
        Kind::Done => Some(4),
        Kind::LeftOut => Some(6),
        Kind::Verified => Some(7),
        // These are always seen.
        Kind::Reminded | Kind::Trouble | Kind::Declined | Kind::Missed | Kind::Escalated => {
            Some(ALWAYS)
        }
        _ => None,
    }
}

/// The marks of a row with their instants, in hundredths of the width: of what is one to the eye the most telling.
pub(crate) fn drawn<'a>(marks: &'a [Mark], scale: &Scale<'_>) -> Vec<(f64, &'a Mark)> {
    let mut all: Vec<(f64, u8, &Mark)> = Vec::new();
    for mark in marks {
        let Some(rank) = rank(mark.kind) else {
            continue;
        };
        let x = scale.x(mark.at);
        if let Some(last) = all.last_mut() {
            let repeated = last.2.kind == mark.kind && x - last.0 < REPEATED;
            let same = x - last.0 < SAME && last.1 < ALWAYS && rank < ALWAYS;
            if repeated || same {
                if last.1 <= rank {
                    *last = (last.0, rank, mark);
                }
                continue;
            }
        }
        all.push((x, rank, mark));
    }
    all.into_iter().map(|(x, _, mark)| (x, mark)).collect()
}

/// Where something stands in a row: at its instant, or as far to the right of that as what stands before it takes. How
/// far that is depends on the width of the screen, which only the browser knows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spot {
    /// Hundredths of the width, and pixels to the right of them; the furthest to the right counts.
    from: Vec<(f64, u32)>,
    /// Pixels that have to be left for what comes after it, where all of it might reach beyond the row.
    room: Option<u32>,
    furthest: f64,
}

impl Spot {
    /// Right of the last mark and of the window.
    pub(crate) fn after(last: Option<&Spot>, opens: f64, due: f64) -> Spot {
        let marks = last.into_iter().flat_map(|last| &last.from);
        let marks = marks.map(|(x, pixels)| (*x, pixels + APART - 4));
        // A window is never drawn narrower than ten pixels.
        let from = marks.chain([(opens, 14), (due, 4)]).collect();
        Spot {
            from,
            room: None,
            furthest: due,
        }
    }

    /// How far to the right it stands on the narrowest screen, in hundredths of the width; may be beyond it.
    pub(crate) fn furthest(&self) -> f64 {
        self.furthest
    }

    /// The length for a style sheet.
    pub(crate) fn css(&self) -> String {
        let term = |(x, pixels): &(f64, u32)| match pixels {
            0 => format!("{x:.2}%"),
            pixels => format!("{x:.2}% + {pixels}px"),
        };
        let from: Vec<String> = self.from.iter().map(term).collect();
        let left = match (from.as_slice(), self.room) {
            ([one], None) => return one.clone(),
            (all, _) => format!("max({})", all.join(", ")),
        };
        match self.room {
            None => left,
            Some(room) => format!("min({left}, 100% - {room}px)"),
        }
    }
}

/// Marks side by side, in order, nothing on top of another and nothing outside.
pub(crate) fn spots(instants: &[f64]) -> Vec<Spot> {
    let mut all: Vec<Spot> = Vec::new();
    for (n, x) in instants.iter().enumerate() {
        let furthest = all
            .last()
            .map_or(*x, |last| x.max(last.furthest + APART_AT_MOST));
        let before = all.last().map_or(&[][..], |last| &last.from);
        let mut from: Vec<(f64, u32)> = before
            .iter()
            .map(|(x, pixels)| (*x, pixels + APART))
            .filter(|(other, pixels)| {
                other + f64::from(*pixels) / f64::from(APART) * APART_AT_MOST > *x
            })
            .collect();
        from.push((*x, 0));
        let room = u32::try_from(instants.len() - 1 - n).unwrap_or(0) * APART;
        all.push(Spot {
            from,
            room: Some(room),
            furthest,
        });
    }
    let fits = all.last().is_none_or(|last| last.furthest <= 100.0);
    for spot in all.iter_mut().filter(|_| fits) {
        spot.room = None;
    }
    all
}

/// A mark of its own shape, so that colour is not needed to tell them apart. Drawn around 0, 0.
pub(crate) fn symbol(kind: Kind) -> Markup {
    html! {
        @match kind {
            Kind::Begun => circle.begun r="3.5" {},
            Kind::Asked => circle.asked r="5" {},
            Kind::CarriedOut => circle.carried r="5" {},
            Kind::Done => circle.done r="5" {},
            Kind::Verified => g.verified {
                circle r="6.5" {}
                path d="M-3 0.2 L-0.9 2.4 L3.2 -2.2" {}
            },
            Kind::LeftOut => g.left {
                circle r="6.5" {}
                path d="M-3 0 H3" {}
            },
            Kind::Reminded => path.reminded d="M0 -6 L6 5 H-6 Z" {},
            Kind::Missed => g.missed {
                circle r="6.5" {}
                path d="M-2.5 -2.5 L2.5 2.5 M2.5 -2.5 L-2.5 2.5" {}
            },
            Kind::Escalated => g.escalated {
                path.sign d="M0 -7.5 L7.5 0 L0 7.5 L-7.5 0 Z" {}
                path d="M0 -3.4 V0.8 M0 3 V3.1" {}
            },
            Kind::Trouble => g.trouble {
                rect x="-5.5" y="-5.5" width="11" height="11" rx="2" {}
                path d="M0 -3 V0.6 M0 2.9 V3" {}
            },
            Kind::Declined => path.declined d="M-5 -5 L5 5 M5 -5 L-5 5" {},
            _ => circle.begun r="3" {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser makes of it on a chart that is so wide, in pixels.
    fn pixels(spot: &Spot, width: f64) -> f64 {
        let from = spot.from.iter();
        let left = from.map(|(x, pixels)| x / 100.0 * width + f64::from(*pixels));
        left.fold(0.0, f64::max)
            .min(spot.room.map_or(f64::MAX, |room| width - f64::from(room)))
    }

    #[test]
    fn marks_stand_side_by_side_within_the_chart_on_any_screen_and_at_their_instants_where_there_is_room()
     {
        for instants in [
            &[2.0, 2.1, 2.2, 2.3][..],
            &[10.0, 40.0, 41.0, 60.0],
            &[97.0, 98.0, 99.0, 99.5, 100.0],
            &[0.0, 5.0, 5.5, 6.0, 50.0],
        ] {
            let spots = spots(instants);
            for width in [290.0, 335.0, 930.0, 1600.0] {
                let places: Vec<f64> = spots.iter().map(|spot| pixels(spot, width)).collect();
                for pair in places.windows(2) {
                    assert!(pair[1] - pair[0] > 15.9, "{width}: {places:?}");
                }
                assert!(
                    places.iter().all(|place| *place <= width),
                    "{width}: {places:?}"
                );
            }
        }
        let apart: Vec<String> = spots(&[10.0, 40.0]).iter().map(Spot::css).collect();
        assert_eq!(apart, ["10.00%", "40.00%"]);
        let near: Vec<String> = spots(&[99.0, 100.0]).iter().map(Spot::css).collect();
        assert_eq!(
            near,
            [
                "min(max(99.00%), 100% - 16px)",
                "min(max(99.00% + 16px, 100.00%), 100% - 0px)"
            ]
        );
    }
}
