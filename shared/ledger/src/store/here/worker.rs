//! Where an embedded database does its work.

use std::{
    io,
    sync::mpsc::{Sender, channel},
    thread::Builder,
};

use dynoxide::{Database, DynoxideError};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&Database) + Send>;

#[derive(Clone)]
pub(super) enum Worker {
    /// In the thread of whoever calls: for those who do one thing after the other, and would only wait for another one.
    Caller(Database),
    /// In a thread of its own: SQLite works one call after the other and waits for the disk, and who calls it must be
    /// free for other things meanwhile.
    Thread(Sender<Job>),
}

impl Worker {
    pub(super) fn thread(database: Database) -> io::Result<Worker> {
        let (sender, jobs) = channel::<Job>();
        let work = move || {
            for job in jobs {
                job(&database);
            }
        };
        Builder::new().name("ledger".to_owned()).spawn(work)?;
        Ok(Worker::Thread(sender))
    }

    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, DynoxideError> + Send + 'static,
    ) -> Result<T, DynoxideError> {
        let jobs = match self {
            Worker::Caller(database) => return work(database),
            Worker::Thread(jobs) => jobs,
        };
        let gone = || DynoxideError::InternalServerError("the database has stopped".to_owned());
        let (sender, answer) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            // Nobody waits any more when the caller was dropped; the work is done all the same.
            let _ = sender.send(work(database));
        });
        jobs.send(job).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
