//! Work that many ask for at the same time and that is done once for all of them, as a fetch is that ten browsers wait for. Nothing
//! is kept once the last of them has its answer.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use futures_util::future::LocalBoxFuture;
use tokio::sync::OnceCell;

/// What is under way, by what it is about. An entry lives as long as somebody waits for it.
pub(super) struct Together<K, T>(Mutex<HashMap<K, Weak<OnceCell<T>>>>);

impl<K, T> Default for Together<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, T: Clone> Together<K, T> {
    /// What comes of that work, whoever does it. When the one who does it goes away, the next of those who wait does theirs; an
    /// error is its own only, and the next one tries again. On the heap: it is rare and takes several kilobytes, which every
    /// request that may come to it would carry around.
    pub(super) fn once<'a, E>(
        &'a self,
        key: K,
        work: impl Future<Output = Result<T, E>> + 'a,
    ) -> LocalBoxFuture<'a, Result<T, E>>
    where
        E: 'a,
    {
        let cell = self.cell(key);
        Box::pin(async move { cell.get_or_try_init(|| work).await.cloned() })
    }

    fn cell(&self, key: K) -> Arc<OnceCell<T>> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|_, cell| cell.strong_count() > 0);
        if let Some(cell) = under_way.get(&key).and_then(Weak::upgrade) {
            return cell;
        }
        let cell = Arc::default();
        under_way.insert(key, Arc::downgrade(&cell));
        cell
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::pending};

    use futures_util::{FutureExt, future::join_all};
    use tokio::task::yield_now;

    use super::*;

    type Answer = Result<u32, &'static str>;

    /// Counts how often it is done, and takes its time.
    async fn slow(done: &Cell<u32>, answer: Answer) -> Result<Answer, &'static str> {
        done.set(done.get() + 1);
        yield_now().await;
        Ok(answer)
    }

    #[actix_web::test]
    async fn many_at_once_get_what_one_of_them_got_and_nothing_is_kept() {
        let (together, done) = (Together::<&str, Answer>::default(), Cell::new(0));
        for (answer, times) in [(Ok(7), 1), (Err("gone"), 2)] {
            let all = join_all((0..10).map(|_| together.once("a", slow(&done, answer)))).await;
            assert_eq!(all, [Ok(answer); 10]);
            assert_eq!(done.get(), times, "once for all ten, and again for those who come later");
        }
        let (a, b) = tokio::join!(together.once("a", slow(&done, Ok(1))), together.once("b", slow(&done, Ok(2))));
        assert_eq!((a, b, done.get()), (Ok(Ok(1)), Ok(Ok(2)), 4), "each is about something else");
        assert!(together.0.lock().unwrap().values().all(|cell| cell.strong_count() == 0));
        together.once("c", slow(&done, Ok(3))).await.unwrap().unwrap();
        assert_eq!(together.0.lock().unwrap().len(), 1, "what nobody waits for is forgotten");
    }

    #[actix_web::test]
    async fn who_waits_goes_on_when_the_one_who_did_it_goes_away_or_fails() {
        let (together, done) = (Together::<&str, Answer>::default(), Cell::new(0));
        let mut leads = Box::pin(together.once::<&str>("a", pending()));
        let mut waits = Box::pin(together.once("a", slow(&done, Ok(7))));
        assert_eq!((&mut leads).now_or_never(), None);
        assert_eq!((&mut waits).now_or_never(), None);
        assert_eq!(done.get(), 0, "somebody else does it");
        drop(leads);
        assert_eq!(waits.await, Ok(Ok(7)));

        let fails = together.once("a", async {
            yield_now().await;
            Err("broken")
        });
        let (failed, then) = tokio::join!(fails, together.once("a", slow(&done, Ok(8))));
        assert_eq!((failed, then), (Err("broken"), Ok(Ok(8))));
        assert_eq!(done.get(), 2);
    }
}
