//! Servers that the tests of a program use one after the other: starting one takes longer than most tests.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// Who lends servers. Each is had by one test at a time, which makes of it what it needs. They run as long as somebody
/// has one of them: a program ends without dropping what is static, so a server that was kept there would outlive it.
pub struct Lender<S>(Mutex<Weak<Mutex<Vec<Arc<S>>>>>);

/// A server that is lent; it goes back when this is dropped. One that a test failed with is not lent again.
pub struct Lent<S> {
    server: Arc<S>,
    idle: Arc<Mutex<Vec<Arc<S>>>>,
}

impl<S> Lender<S> {
    /// Nothing is started yet.
    pub const fn new() -> Lender<S> {
        Lender(Mutex::new(Weak::new()))
    }

    /// A server that nobody has, as the last one has left it, or else a new one.
    ///
    /// # Errors
    /// What starting it says.
    pub async fn lend<E>(&self, start: impl Future<Output = Result<S, E>>) -> Result<Lent<S>, E> {
        let idle = self.idle();
        let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let server = match kept {
            Some(server) => server,
            None => Arc::new(start.await?),
        };
        Ok(Lent { server, idle })
    }

    fn idle(&self) -> Arc<Mutex<Vec<Arc<S>>>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.upgrade().unwrap_or_else(|| {
            let idle = Arc::default();
            *known = Arc::downgrade(&idle);
            idle
        })
    }
}

impl<S> Default for Lender<S> {
    fn default() -> Lender<S> {
        Lender::new()
    }
}

impl<S> Deref for Lent<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.server
    }
}

impl<S> Drop for Lent<S> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(Arc::clone(&self.server));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts those that run.
    struct Running<'n>(&'n AtomicUsize);

    impl Drop for Running<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn one_has_it_at_a_time_and_after_the_last_it_stops() {
        let (running, started) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let lender = Lender::new();
        let lend = || {
            lender.lend(async {
                started.fetch_add(1, Ordering::Relaxed);
                running.fetch_add(1, Ordering::Relaxed);
                Ok::<_, ()>(Running(&running))
            })
        };
        let count = || {
            (
                started.load(Ordering::Relaxed),
                running.load(Ordering::Relaxed),
            )
        };
        let (one, two) = (lend().await.unwrap(), lend().await.unwrap());
        assert_eq!(count(), (2, 2));
        drop(one);
        let three = lend().await.unwrap();
        assert_eq!(count(), (2, 2), "the one that came back is lent again");
        drop((two, three));
        assert_eq!(count(), (2, 0), "nobody has one");
        assert!(lend().await.is_ok());
        assert_eq!(count(), (3, 0));
    }
}
