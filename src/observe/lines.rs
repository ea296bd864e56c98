//! Log lines on their way out: collected for a moment and written together, so that no request pays for a write of its own.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long a line waits for others at most.
const MOMENT: Duration = Duration::from_millis(10);
/// With so many bytes waiting, whoever logs waits too: memory has an end.
const MOST: usize = 256 * 1024;

/// What waits to be written.
#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    is_over: bool,
}

/// What both ends share.
#[derive(Default)]
struct Shelf {
    waiting: Mutex<Waiting>,
    /// There is something to write, or it is over.
    has_come: Condvar,
    /// There is room again.
    has_gone: Condvar,
}

impl Shelf {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that lines go into.
pub(super) struct Lines(Arc<Shelf>);

/// Writes what still waits, when it is dropped: to be held for as long as there is something to log.
pub struct Writing {
    shelf: Arc<Shelf>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread that writes to `out`. It sleeps while nothing is logged.
pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<(Lines, Writing)> {
    let shelf = Arc::new(Shelf::default());
    let theirs = Arc::clone(&shelf);
    let thread = thread::Builder::new().name("log".into()).spawn(move || write_all(&theirs, out))?;
    Ok((Lines(Arc::clone(&shelf)), Writing { shelf, thread: Some(thread) }))
}

fn write_all(shelf: &Shelf, mut out: impl Write) {
    loop {
        let waiting = shelf.waiting();
        let is_idle = |waiting: &mut Waiting| waiting.text.is_empty() && !waiting.is_over;
        let waiting = shelf.has_come.wait_while(waiting, is_idle).unwrap_or_else(PoisonError::into_inner);
        // Others come meanwhile, and the end is worth no waiting.
        let pause =
            shelf.has_come.wait_timeout_while(waiting, MOMENT, |waiting| !waiting.is_over && waiting.text.len() < MOST);
        let (mut waiting, _) = pause.unwrap_or_else(PoisonError::into_inner);
        let (text, is_over) = (mem::take(&mut waiting.text), waiting.is_over);
        drop(waiting);
        shelf.has_gone.notify_all();
        // A log that cannot be written has nowhere to say so.
        drop(out.write_all(&text).and_then(|()| out.flush()));
        if is_over {
            return;
        }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let is_full = |waiting: &mut Waiting| waiting.text.len() >= MOST && !waiting.is_over;
        let waiting = self.0.has_gone.wait_while(self.0.waiting(), is_full);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let is_first = waiting.text.is_empty();
        waiting.text.extend_from_slice(line);
        if is_first || is_full(&mut waiting) {
            self.0.has_come.notify_all();
        }
        Ok(line.len())
    }

    /// Nothing: lines are flushed when they are written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.shelf.waiting().is_over = true;
        self.shelf.has_come.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been logged by the panic hook.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place that counts how often it is written to.
    #[derive(Clone, Default)]
    struct Place(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Place {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(text.to_vec());
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn log_lines_are_written_together_in_their_order_and_none_is_lost_at_the_end() {
        let place = Place::default();
        let (mut lines, writing) = start(place.clone()).unwrap();
        let all: Vec<String> = (0..20_000).map(|n| format!("line {n}\n")).collect();
        for line in &all {
            lines.write_all(line.as_bytes()).unwrap();
        }
        drop(writing);
        let written = place.0.lock().unwrap();
        assert_eq!(String::from_utf8(written.concat()).unwrap(), all.concat());
        assert!(written.len() < all.len() / 10, "{} writes", written.len());
    }
}
