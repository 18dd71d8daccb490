//! `latchkey sign-in`: a link for somebody whom the runbook names, where there is no sign-in provider.

use std::path::Path;

use console::sign_in_link;
use jiff::Timestamp;
use latchkey_embedded::file;
use latchkey_runtime::Runbooks;
use serde_json::json;

use crate::{
    args::{LedgerPlace, SignIn},
    outcome::{Problem, print_json},
    place,
};

pub(crate) async fn run(args: &SignIn, as_json: bool) -> Result<(), Problem> {
    let place = LedgerPlace {
        dir: args.dir.clone(),
        table: None,
    };
    let ledger = place::ledger(&place).await?;
    let (_, runbook) = Runbooks::default().current(&ledger).await?;
    let base = match &args.at {
        Some(url) => url.clone(),
        None => listens_at(&args.dir)?,
    };
    let link = sign_in_link(&ledger, &runbook, Timestamp::now(), (&base, &args.address));
    let link = link.await.map_err(|e| Problem::new(e.to_string()))?;
    if as_json {
        print_json(&json!({ "link": link, "minutes": console::LINK_GOOD_FOR.as_mins() }));
    } else {
        println!("{link}");
        println!(
            "Good once, for {} minutes. Whoever has it is {}: pass it on as you would a password.",
            console::LINK_GOOD_FOR.as_mins(),
            args.address
        );
    }
    Ok(())
}

/// Where the `latchkey up` of a folder listens.
fn listens_at(dir: &Path) -> Result<String, Problem> {
    let noted = std::fs::read_to_string(dir.join(file::ADDRESS));
    let noted = noted.map_err(|_| {
        Problem::new(format!(
            "no Latchkey runs in {}: start it with `latchkey up`, or say with --at where its pages are",
            dir.display()
        ))
    })?;
    Ok(noted.trim().to_owned())
}
