//! What the person should have, and has, system by system.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use maud::{Markup, html};

use crate::{
    pages::case::{Opened, SHOWN, Whole},
    sign_in::Signed,
    views::access::{Access, Has, Should, of_case},
    when::instant,
};

pub(super) fn access(viewer: &Signed, opened: &Opened, whole: &Whole) -> Markup {
    let (case, rows) = (&opened.case, &opened.rows);
    let all = of_case(&opened.runbook, case, rows, &whole.accounts, viewer.now);
    let name = opened.view().name;
    html! {
        section aria-labelledby="access" {
            h2 #access { "What " (name) " should have, and has" }
            @if all.is_empty() {
                p.soft { "No system is known in which there should be anything." }
            } @else {
                p."soft small" {
                    "When the case is done, by runbook " (case.runbook) ". What Latchkey reads by itself is as the system "
                    "answered last; the rest is its owner’s word in this case."
                }
                (table(viewer, &all))
                @if all.len() > SHOWN { p."small soft" { "And in " (all.len() - SHOWN) " more systems." } }
            }
        }
    }
}

fn table(viewer: &Signed, all: &[Access]) -> Markup {
    html! {
        div.scroll role="region" aria-label="Access, system by system" tabindex="0" {
            table.stack role="table" {
                thead role="rowgroup" { tr role="row" {
                    @for name in ["System", "Should have", "Has", "Difference"] {
                        th scope="col" role="columnheader" { (name) }
                    }
                } }
                tbody role="rowgroup" {
                    @for one in all.iter().take(SHOWN) {
                        tr role="row" {
                            th scope="row" role="rowheader" {
                                (one.name)
                                @if let Some(account) = &one.account { small { (account) } }
                            }
                            td role="cell" data-l="Should have" { (should(&one.should)) }
                            td role="cell" data-l="Has" { (has(viewer, &one.has)) }
                            td role="cell" {
                                (one.state)
                                @if let Some(due) = one.due { small { "by " (instant(viewer, due)) } }
                                @for word in &one.not_given { small { (word) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn list(entitlements: &BTreeSet<Entitlement>) -> String {
    let names: Vec<String> = entitlements.iter().map(Entitlement::called).collect();
    names.join(", ")
}

fn should(should: &Should) -> Markup {
    html! {
        @match should {
            Should::Nothing => span.soft { "nothing, and no sign-in" },
            Should::Suspended => "what is there, and no sign-in meanwhile",
            Should::Have(entitlements) if entitlements.is_empty() => "an account",
            Should::Have(entitlements) => (list(entitlements)),
        }
    }
}

fn has(viewer: &Signed, has: &Has) -> Markup {
    html! {
        @match has {
            Has::Unknown => span.soft { "not known here" },
            Has::Word { has, by, at } => {
                @if has.is_empty() { "nothing" } @else { (list(has)) }
                small { "by " (by) "’s word, " (instant(viewer, *at)) }
            }
            Has::Read { account, at } => {
                @match account {
                    None => "no account",
                    Some(account) => {
                        @if !account.active { "no sign-in" @if !account.entitlements.is_empty() { ", " } }
                        @if account.active && account.entitlements.is_empty() { "an account" }
                        (list(&account.entitlements))
                    }
                }
                small { "read " (instant(viewer, *at)) }
            }
        }
    }
}
