//! `latchkey import`: the people who are there already, and what they have.

use std::path::Path;

use jiff::Zoned;
use latchkey_bulk::People;
use latchkey_hris::text_of;
use latchkey_lifecycle::PersonDraft;
use sweep::{Adoption, Matched};

use crate::{
    args::Import,
    check::count,
    mass::refused,
    outcome::{Problem, print_json, read_bytes},
    reach::Reach,
    table::table,
};

pub(crate) async fn run(args: &Import, as_json: bool) -> Result<(), Problem> {
    let people = read_bytes(&args.file)
        .and_then(|bytes| no_json(&args.file, bytes))
        .map(|bytes| {
            let text = text_of(&bytes).map_err(|mistake| vec![mistake])?;
            latchkey_bulk::people(&text, Zoned::now().date())
        })?;
    let People { rows, listed } =
        people.map_err(|mistakes| refused(&args.file, &mistakes, "imported", as_json))?;
    let people: Vec<PersonDraft> = listed.iter().map(|one| one.person.clone()).collect();
    let reach = Reach::new(&args.place, &args.stack).await?;
    let adoption = sweep::adopt(&reach.deps(), &people, args.dry_run).await?;
    if as_json {
        print_json(&adoption);
    } else {
        let again = match rows - listed.len() {
            0 => String::new(),
            n => format!("; {} again what another says", says(n)),
        };
        let (rows, people) = (count(rows, "row"), persons(listed.len()));
        println!("{rows} with {people} in them{again}.");
        for one in &listed {
            for asked in &one.asked {
                println!("{}:{}: {asked}", args.file.display(), one.line);
            }
        }
        print(&adoption, args.dry_run);
    }
    let differs = |a: &sweep::Adopted| {
        !a.differences.is_empty() || matches!(a.matched, Matched::Several { .. })
    };
    let whole =
        adoption.not_read.is_empty() && adoption.alike.is_empty() && adoption.taken.is_empty();
    match whole && !adoption.accounts.iter().any(differs) {
        true => Ok(()),
        false => Err(Problem::silent()),
    }
}

/// JSON in the place of a spreadsheet would be told to have columns of strange names.
fn no_json(file: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'{' | b'[') => Err(Problem::new(format!(
            "{} is JSON, and `import` takes a CSV file: its first line names employeeId, givenName, familyName, department, title, \
             employmentType, country and startDate. A webhook is sent with `latchkey send`",
            file.display()
        ))),
        _ => Ok(bytes),
    }
}

fn persons(n: usize) -> String {
    match n {
        1 => "1 person".to_owned(),
        n => format!("{n} people"),
    }
}

fn says(n: usize) -> String {
    match n {
        1 => "1 says".to_owned(),
        n => format!("{n} say"),
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
        persons(adoption.new),
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
    for (employee, unmatched) in &adoption.unmatched {
        println!("{employee}: {unmatched}");
    }
    for (employee, alike) in &adoption.alike {
        println!(
            "{employee} was not imported: {alike}. A spreadsheet takes an id for a number, and the noughts before it are lost: correct \
             the id, or name the old one in the column previousId."
        );
    }
    for (employee, address) in &adoption.taken {
        println!(
            "{address}, the address of {employee}, is somebody else's in Latchkey: two people have one address."
        );
    }
    for (system, problem) in &adoption.not_read {
        println!("{system} was not read: {problem} Import the same file again then.");
    }
    if dry_run {
        println!("A dry run: nothing was written.");
    }
}
