//! A write lock that somebody else holds: waited out when short, told when long; reads go on (OPS-04).

use std::time::{Duration, Instant};

use doorbook::store::{StoreError, codes};

use crate::support::{
    held::hold,
    store::{Scratch, digest, put_code},
};

#[tokio::test]
async fn a_short_foreign_lock_is_waited_out() {
    let scratch = Scratch::furnished().await;
    let holder = hold(scratch.path(), Duration::from_secs(2));
    let began = Instant::now();
    scratch.wrote(put_code(1)).await;
    assert!(began.elapsed() >= Duration::from_millis(1_500));
    holder.join().unwrap();
}

#[tokio::test]
async fn a_long_foreign_lock_is_told_while_reads_go_on() {
    let scratch = Scratch::furnished().await;
    let holder = hold(scratch.path(), Duration::from_secs(7));
    let writes = async {
        let busy = scratch.store.record(put_code(1)).await.unwrap_err();
        assert!(matches!(busy, StoreError::Busy) && busy.is_passing(), "{busy:?}");
    };
    let reads = async {
        let began = Instant::now();
        assert!(scratch.reads(|r| codes::find(r, &digest(1))).await.is_none());
        assert!(began.elapsed() < Duration::from_secs(1));
    };
    tokio::join!(writes, reads);
    holder.join().unwrap();
    scratch.wrote(put_code(1)).await;
}
