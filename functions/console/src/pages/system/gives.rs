//! What a system gives, and to how many people.

use latchkey_ledger::{Held, SystemRead};
use latchkey_lifecycle::Entitlement;
use maud::{Markup, html};

use super::{SHOWN, View, path};
use crate::{glyph::Glyph, sign_in::Signed, views::person::in_a_link, when::instant};

/// Where those are listed who have an entitlement.
fn who(view: &View<'_>, entitlement: &Entitlement) -> String {
    let has = in_a_link(&entitlement.to_string());
    format!("{}/who?has={has}", path(view.id))
}

/// The entitlements of the runbook's matrix, so many of them, after one.
pub(super) fn section(viewer: &Signed, view: &View<'_>, after: &str) -> Markup {
    let all = viewer.runbook.entitlements(view.id);
    let count = all.len();
    let after = Some(after).filter(|after| !after.is_empty());
    let after = after.map(Entitlement::from);
    let from = all
        .into_iter()
        .filter(|one| after.as_ref().is_none_or(|after| one > after));
    let mut shown: Vec<Entitlement> = from.take(SHOWN + 1).collect();
    let more = shown.len() > SHOWN;
    shown.truncate(SHOWN);
    let read = view.swept.as_ref().and_then(|swept| swept.read.as_ref());
    html! {
        section aria-labelledby="gives" {
            h2 #gives { "What it gives" }
            @match (view.system.is_automatic(), read) {
                (false, _) => p."soft small" { "Its team gives and takes it. Who has what stands with each person and case." },
                (true, None) => p."soft small" { "How many have it is counted by each sweep; none has read all of it yet." },
                (true, Some(read)) => p."soft small" { "Counted when all of it was last read, " (instant(viewer, read.at)) "." },
            }
            @if shown.is_empty() {
                p { "The runbook's matrix gives nothing here" @if count == 0 { "." } @else { " after that." } }
            } @else {
                (table(view, &shown, read))
            }
            @if more {
                nav.pages aria-label="Pages" {
                    span.soft { (shown.len()) " of " (count) " on this page" }
                    @if let Some(last) = shown.last() {
                        ul { li { a href=(format!("{}?after={}", path(view.id), in_a_link(&last.to_string()))) rel="next" { "Next" } } }
                    }
                }
            }
        }
    }
}

fn table(view: &View<'_>, shown: &[Entitlement], read: Option<&SystemRead>) -> Markup {
    let automatic = view.system.is_automatic();
    html! {
        div.scroll role="region" aria-label="What it gives, and to how many" tabindex="0" {
            table."stack tight" role="table" {
                caption.hidden { "What it gives, and to how many" }
                thead role="rowgroup" { tr role="row" {
                    th scope="col" role="columnheader" { "Entitlement" }
                    @if automatic {
                        th.num scope="col" role="columnheader" { "Should have it" }
                        th.num scope="col" role="columnheader" { "Have it" }
                        th scope="col" role="columnheader" { "Difference" }
                    }
                } }
                tbody role="rowgroup" { @for one in shown {
                    tr role="row" {
                        th scope="row" role="rowheader" {
                            @if automatic { a href=(who(view, one)) { (one.called()) } } @else { (one.called()) }
                        }
                        @if automatic { (counts(read.and_then(|read| read.held.get(one)))) }
                    }
                } }
            }
        }
    }
}

fn counts(held: Option<&Held>) -> Markup {
    html! {
        @if let Some(held) = held {
            td.num role="cell" data-l="Should have it" { (held.should) }
            td.num role="cell" data-l="Have it" { (held.is) }
            td role="cell" data-l="Difference" {
                @match held.is.cmp(&held.should) {
                    std::cmp::Ordering::Equal => span.soft { "none in number" },
                    std::cmp::Ordering::Less => span."state warn" { (Glyph::Trouble) (held.should - held.is) " fewer" },
                    std::cmp::Ordering::Greater => span."state warn" { (Glyph::Trouble) (held.is - held.should) " more" },
                }
            }
        } @else {
            td.num role="cell" data-l="Should have it" { span.soft { "not counted" } }
            td.num role="cell" data-l="Have it" { span.soft { "not counted" } }
            td role="cell" data-l="Difference" { span.soft { "not known" } }
        }
    }
}
