//! `latchkey import`: the people who are there already, and what they have.

use jiff::Zoned;
use sweep::{Adoption, Matched};

use crate::{
    args::Import,
    check::count,
    mass::refused,
    outcome::{Problem, print_json, read},
    reach::Reach,
    table::table,
};

pub(crate) async fn run(args: &Import, as_json: bool) -> Result<(), Problem> {
    let text = read(&args.file)?;
    let people = latchkey_bulk::people(&text, Zoned::now().date())
        .map_err(|mistakes| refused(&args.file, &mistakes, "imported", as_json))?;
    let reach = Reach::new(&args.place, &args.stack).await?;
    let adoption = sweep::adopt(&reach.deps(), &people, args.dry_run).await?;
    if as_json {
        print_json(&adoption);
    } else {
        print(&adoption, args.dry_run);
    }
    let differs = |a: &sweep::Adopted| {
        !a.differences.is_empty() || matches!(a.matched, Matched::Several { .. })
    };
    match adoption.not_read.is_empty() && !adoption.accounts.iter().any(differs) {
        true => Ok(()),
        false => Err(Problem::silent()),
    }
}

fn print(adoption: &Adoption, dry_run: bool) {
    let mut rows = table(&["System", "Employee", "Account", "Differs from the runbook"]);
    let mut adopted = 0;
    for one in &adoption.accounts {
        let account = match &one.matched {
            Matched::Adopted { account } => {
                adopted += 1;
                account.clone()
            }
            Matched::Found { account } => format!("{account} (not claimed)"),
            Matched::NotFound => "none".to_owned(),
            Matched::Several { accounts } => {
                format!("which one? {}", accounts.join(", "))
            }
        };
        let differences: Vec<String> = one
            .differences
            .iter()
            .map(|(kind, what)| match what.as_slice() {
                [] => kind.to_string(),
                what => format!("{kind}: {}", what.join(", ")),
            })
            .collect();
        let several = matches!(one.matched, Matched::Several { .. });
        if !differences.is_empty() || several {
            rows.add_row([
                one.system.to_string(),
                one.employee_id.to_string(),
                account,
                differences.join("; "),
            ]);
        }
    }
    if rows.row_count() > 0 {
        println!("{rows}");
    }
    println!(
        "{} new, {} known before. {} adopted, {}.",
        count(adoption.new, "person"),
        adoption.known,
        count(adopted, "account"),
        match rows.row_count() {
            0 => "and nothing differs".to_owned(),
            n => format!("{} to look at", count(n, "line")),
        }
    );
    for (system, others) in &adoption.others {
        if *others > 0 {
            println!(
                "{system}: {} of nobody in the file; `latchkey reconcile --dry-run` says whose.",
                count(*others, "account")
            );
        }
    }
    for (system, problem) in &adoption.not_read {
        println!("{system} was not read: {problem} Import the same file again then.");
    }
    if dry_run {
        println!("A dry run: nothing was written.");
    }
}
