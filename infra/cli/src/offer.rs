//! `latchkey source offer`: awaits the secret that a vendor offers.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use latchkey_aws::aws;
use latchkey_embedded::{Keys, file};
use latchkey_hris::source;
use latchkey_lifecycle::instant_and_how_far;
use serde_json::json;

use crate::{
    args::SourceOffer,
    outcome::{Problem, print_json},
    place,
};

/// Whoever posts first while a token is awaited has theirs kept: no longer than a person needs.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

pub(crate) async fn run(args: &SourceOffer, now: Timestamp, as_json: bool) -> Result<(), Problem> {
    let name = &args.source;
    let source = source(name).map_err(Problem::absent)?;
    if !source.offers_its_secret() {
        return Err(Problem::new(format!(
            "{name} offers no secret; docs/HR-SOURCES.md says where its secret is had"
        )));
    }
    if args.within <= SignedDuration::ZERO || args.within > LONGEST {
        return Err(Problem::new(
            "say --for between one second and 24 hours, e.g. --for 15m",
        ));
    }
    let until = now.checked_add(args.within)?;
    let place = match &args.stack {
        None => {
            place::mind_root(&args.dir);
            let keys = Keys::reading(&args.dir.join(file::SECRETS));
            if !keys.path().exists() {
                let dir = args.dir.display();
                return Err(Problem::absent(format!(
                    "there is no Latchkey in {dir}; name its directory with --dir, or its stack with --stack"
                )));
            }
            keys.await_offer(name, until)?.display().to_string()
        }
        Some(stack) => {
            let place = format!("the secret {stack}/offered/{name}");
            if !aws().await?.await_offer(stack, name, until).await? {
                return Err(Problem::absent(format!(
                    "there is no place for it, {place}: the stack makes it when `{name}` stands in its parameter Sources"
                )));
            }
            place
        }
    };
    if as_json {
        print_json(&json!({ "source": name, "until": until, "place": place }));
        return Ok(());
    }
    let until = instant_and_how_far(until, &TimeZone::UTC, now);
    println!("Until {until} the first token that is posted to /hooks/{name} is kept in {place}.");
    println!("Have {name} send it, confirm it there, and only then store it as hooks/{name}.");
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_token_is_awaited_for_a_time_where_the_source_offers_one() {
        let directory = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        let of = |source: &str, within: &str| SourceOffer {
            source: source.to_owned(),
            within: within.parse().unwrap(),
            dir: directory.path().to_owned(),
            stack: None,
        };
        let nowhere = run(&of("gusto", "15m"), now, false).await.unwrap_err();
        assert!(nowhere.text.contains("--dir"), "{}", nowhere.text);
        let keys = Keys::open(&directory.path().join(file::SECRETS)).unwrap();
        run(&of("gusto", "15m"), now, false).await.unwrap();
        let until = keys.offer("gusto").unwrap().unwrap().until;
        assert_eq!(until, "2026-11-23T07:15:00Z".parse().unwrap());
        for (source, within, told) in [
            ("bamboohr", "15m", "offers no secret"),
            ("gusto", "25h", "24 hours"),
            ("gusto", "0s", "24 hours"),
            ("papaya", "15m", "papaya"),
        ] {
            let problem = run(&of(source, within), now, false).await.unwrap_err();
            assert!(problem.text.contains(told), "{}", problem.text);
        }
    }
}
