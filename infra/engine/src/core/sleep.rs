//! Executions that have not begun yet: one line of data each, until an instant, or until somebody wakes them.

use jiff::Timestamp;

use super::{Core, Due, Status};

impl Core {
    /// Puts an execution to sleep that was added a moment ago.
    pub(crate) fn put_to_sleep(&mut self, key: usize) {
        self.executions[key].slept = true;
    }

    /// Whether it has not begun.
    pub(crate) fn sleeps(&self, key: usize) -> bool {
        let execution = &self.executions[key];
        execution.slept && execution.status == Status::Running && execution.root.is_none()
    }

    /// Whether it slept before it began.
    pub(crate) fn has_slept(&self, key: usize) -> bool {
        self.executions[key].slept
    }

    /// Says when it begins by itself, if it has not begun.
    pub(crate) fn begin_at(&mut self, key: usize, at: Timestamp) {
        if !self.sleeps(key) {
            return;
        }
        let timer = self.set_timer(at, Due::Begin(key));
        let before = self.executions[key].timer.replace(timer);
        self.clear_timer(before);
    }
}
