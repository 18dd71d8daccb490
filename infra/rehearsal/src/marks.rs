//! What happened to a task, as marks on its row: each kind has a shape of its own.

use maud::{Markup, html};

use crate::{
    chart::Scale,
    report::{Kind, Mark},
};

/// Marks stand at least so far from each other, in hundredths of the chart's width.
const APART: f64 = 1.6;
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

/// Marks side by side: of what is one to the eye the most telling, and nothing on top of another.
pub(crate) fn placed<'a>(marks: &'a [Mark], scale: &Scale<'_>) -> Vec<(f64, &'a Mark)> {
    let mut all: Vec<(f64, u8, &Mark)> = Vec::new();
    for mark in marks {
        let Some(rank) = rank(mark.kind) else {
            continue;
        };
        let x = scale.x(mark.at);
        if let Some(last) = all.last_mut() {
            let repeated = last.2.kind == mark.kind && x - last.0 < APART;
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
    let mut before = f64::MIN;
    all.into_iter()
        .map(|(x, _, mark)| {
            let x = x.max(before + APART).min(101.0);
            before = x;
            (x, mark)
        })
        .collect()
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
