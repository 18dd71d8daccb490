//! What `latchkey up` does besides serving and running cases, again and again until it is to stop: it sweeps, looks for
//! dropped files, and looks at the clock.

use std::time::{Duration, Instant, SystemTime};

use drop::Outcome;
use latchkey_embedded::{Acting, DropFolder, Stack, drop_old_letters, file};
use latchkey_lifecycle::how_long;
use tokio::sync::watch;

use super::{
    alarm::Alarm,
    notify,
    rhythm::{Jump, Now, Rhythm, Watch},
    settings::Settings,
};

/// Whether everything is to stop.
pub(super) type Stops = watch::Receiver<bool>;

/// How often all of it is looked at: what a sleep, or a clock that was set, put off is done this long after, at the
/// latest.
const LOOK: Duration = Duration::from_secs(5);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When the first sweep after a start begins, at the latest.
const FIRST_SWEEP: Duration = Duration::from_secs(5 * 60);

/// Waits for the next look. `false` when everything is to stop.
async fn look(stops: &mut Stops) -> bool {
    tokio::select! {
        // Whoever could say so is gone: then it stops, too.
        _ = stops.wait_for(|stops| *stops) => false,
        () = tokio::time::sleep(LOOK) => true,
    }
}

/// Both clocks, the machine's own since a first look at it.
fn now(stack: &Stack, since: Instant) -> Now {
    Now {
        wall: stack.clock.now(),
        own: since.elapsed(),
    }
}

/// Work that is told of when it is cut off.
struct Unfinished(Option<&'static str>);

impl Unfinished {
    fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(what) = self.0 {
            tracing::warn!("{what} was cut off; it is done again after the next start");
        }
    }
}

/// Sweeps on a timer, for as long as the process runs. What fails is tried again the next time.
pub(super) async fn sweeps(stack: &Stack, minutes: u32, mut stops: Stops) {
    if minutes == 0 {
        return;
    }
    let period = Duration::from_secs(60 * u64::from(minutes));
    let since = Instant::now();
    // What a start brings with it settles first.
    let mut rhythm = Rhythm::new(now(stack, since), period.min(FIRST_SWEEP), period);
    while look(&mut stops).await {
        if !rhythm.is_due(now(stack, since)) {
            continue;
        }
        let (began, unfinished) = (stack.clock.now(), Unfinished(Some("a sweep")));
        let done = sweep::handle(&stack.sweep_deps(), &sweep::Request::default()).await;
        unfinished.done();
        stack.vitals.swept(began, &done);
        if let Err(failure) = done {
            tracing::error!(error = failure.name(), %failure, "the sweep failed");
        }
        rhythm.done(now(stack, since));
    }
}

/// Sends letters. What fails is tried again at its instant, and told by another way when it lasts. What a team is asked
/// between two looks comes as one e-mail.
pub(super) async fn send_letters(stack: &Stack, mut alarm: Alarm, mut stops: Stops) {
    while look(&mut stops).await {
        match stack.handlers.send_letters(mail::REST).await {
            Ok(report) => alarm.look(&report, stack.clock.now()).await,
            Err(failure) => {
                tracing::error!(error = failure.name(), %failure, "the queue of letters cannot be read");
            }
        }
    }
}

/// Looks at the clock. What fell due while the machine slept is done by whoever waits for it, since all of them look at
/// it as often; what was worked out by a clock that has been set back since is worked out again.
pub(super) async fn clock(stack: &Stack, acting: &Acting, mut stops: Stops) {
    let since = Instant::now();
    let mut watch = Watch::new(now(stack, since));
    while look(&mut stops).await {
        match watch.look(now(stack, since)) {
            None => {}
            Some(Jump::Ahead(by)) => {
                let by = how_long(by);
                tracing::info!(
                    "the machine slept, or its clock was set ahead, by {by}: what fell due meanwhile is done now"
                );
            }
            Some(Jump::Back(by)) => set_back(acting, &how_long(by)).await,
        }
    }
}

async fn set_back(acting: &Acting, by: &str) {
    match acting.clock_was_set_back().await {
        Ok(cases) => tracing::warn!(
            cases,
            "the clock was set back by {by}: every open case is planned anew"
        ),
        Err(failure) => tracing::error!(
            error = failure.name(), %failure,
            "the clock was set back by {by}, and not every open case could be planned anew: start `latchkey up` again"
        ),
    }
}

/// Carries out what was decided about held cases, where whoever decided was cut off, or had waited long enough: once
/// nothing came of it between two looks.
pub(super) async fn rulings(stack: &Stack, mut stops: Stops) {
    let mut before = None;
    while look(&mut stops).await {
        let left = match stack.ledger.brake().await {
            Ok(brake) => brake.item.ruled().map(|ruled| ruled.left()),
            Err(_) => None,
        };
        if left.is_some() && left == before {
            let (looks, workflow) = (stack.intake.looks(), stack.workflow.as_ref());
            if let Err(failure) = latchkey_decisions::act_on_ruling(looks, workflow).await {
                tracing::error!(error = failure.name(), %failure, "what was decided about held cases is not carried out yet");
            }
        }
        before = left;
    }
}

/// Takes in what HR drops, for as long as the process runs. What fails is tried again at the next look.
pub(super) async fn drops(stack: &Stack, mut folder: DropFolder, mut stops: Stops) {
    // A folder that vanished is told of once, not at every look.
    let mut told = None;
    while look(&mut stops).await {
        let unfinished = Unfinished(Some("a look at the folder of dropped files"));
        let looked = folder.look(&stack.drop_deps(), stack.clock.now()).await;
        unfinished.done();
        match looked {
            Err(problem) => {
                let problem = problem.to_string();
                if told.as_ref() != Some(&problem) {
                    tracing::error!(problem, "the folder of dropped files cannot be used");
                }
                told = Some(problem);
            }
            Ok(files) => {
                told = None;
                files
                    .into_iter()
                    .for_each(|(name, became)| tell(&name, became));
            }
        }
    }
}

/// Deletes letters that are older than they are to be kept, soon after a start and then every day.
pub(super) async fn old_letters(stack: &Stack, args: &Settings, mut stops: Stops) {
    let Some(days) = args.keep_letters else {
        return;
    };
    let (outbox, since) = (args.dir.join(file::OUTBOX), Instant::now());
    let mut rhythm = Rhythm::new(now(stack, since), LOOK, DAY);
    while look(&mut stops).await {
        if !rhythm.is_due(now(stack, since)) {
            continue;
        }
        match drop_old_letters(&outbox, DAY * days, SystemTime::now()) {
            Ok(0) => {}
            Ok(letters) => tracing::info!(letters, days, "old letters were deleted"),
            Err(problem) => tracing::error!(
                outbox = %outbox.display(), %problem,
                "old letters could not be deleted; tried again tomorrow"
            ),
        }
        rhythm.done(now(stack, since));
    }
}

/// Tells systemd that it is well, as often as it wants to hear; a ledger that does not answer is not well.
pub(super) async fn watchdog(stack: &Stack, every: Option<Duration>, mut stops: Stops) {
    let Some(every) = every else {
        return;
    };
    loop {
        match stack.health().await {
            Ok(()) => notify::tell(notify::WELL),
            Err(problem) => tracing::error!(problem, "not well"),
        }
        tokio::select! {
            _ = stops.wait_for(|stops| *stops) => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

fn tell(name: &str, became: Result<Outcome, latchkey_embedded::DropError>) {
    match became {
        Ok(Outcome::Taken(taken)) => tracing::info!(
            name,
            rows = taken.rows,
            people = taken.people,
            changed = taken.changed,
            same = taken.same,
            events = taken.cases.len(),
            to_look_at = taken.to_look_at(),
            "a dropped file was taken in"
        ),
        Ok(Outcome::Refused(mistakes)) => tracing::warn!(
            name,
            mistakes = mistakes.len(),
            "a dropped file was refused; the text beside it says why"
        ),
        Err(problem) => tracing::error!(name, %problem, "a dropped file was not taken in"),
    }
}
