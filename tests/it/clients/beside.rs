//! Servers of the tests beside a story: on a thread of their own, because whoever listens to a story does nothing else.

use std::{sync::mpsc::channel, thread};

use actix_web::rt::System;

/// The thread. Ends when dropped.
pub(crate) struct Beside(System);

impl Drop for Beside {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Starts servers there.
pub(crate) fn beside<T: Send + 'static>(start: impl AsyncFnOnce() -> T + Send + 'static) -> (T, Beside) {
    let (tell, told) = channel();
    thread::spawn(move || {
        let system = System::new();
        let started = system.block_on(start());
        tell.send((started, Beside(System::current()))).map_err(|_| "the test has ended").unwrap();
        system.run().unwrap();
    });
    told.recv().unwrap()
}
