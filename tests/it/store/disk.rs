//! A full disk and a read-only one (OPS-01 to OPS-03). Both need a small file system of their own: the tests start
//! themselves again in a name space where they may mount one, and say so where that is not allowed.

use std::{fs, path::Path, process::Command};

use doorbook::store::{StoreError, StoreResult, codes, settings};

use crate::support::store::{NOW, Scratch, digest, furnish, open, put_code};

/// Runs one of the tests below with a small empty file system as its working folder.
pub(crate) fn on_a_small_disk(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=3m doorbook . || exit 77; cd \"$PWD\"; exec \"$0\" --exact \"$1\" --ignored";
    let ran = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .current_dir(folder.path())
        .output();
    match ran {
        Ok(out) if out.status.success() => {
            let said = String::from_utf8_lossy(&out.stdout).into_owned();
            assert!(said.contains("1 passed"), "{said}");
        }
        Ok(out) if out.status.code() == Some(101) => panic!("{}", String::from_utf8_lossy(&out.stdout)),
        other => skip(&format!("{test} needs a name space in which it may mount a file system: {other:?}")),
    }
}

/// These remount their working folder: never that of somebody who runs ignored tests by hand.
pub(crate) fn only_in_an_empty_folder() {
    assert!(fs::read_dir(".").unwrap().next().is_none(), "this test is started by its neighbour on a disk of its own");
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}

#[test]
fn a_full_disk_is_told_and_recovered_from() {
    on_a_small_disk("store::disk::full");
}

#[test]
fn a_read_only_disk_is_told() {
    on_a_small_disk("store::disk::read_only");
}

#[tokio::test]
#[ignore = "started by a_full_disk_is_told_and_recovered_from"]
async fn full() {
    only_in_an_empty_folder();
    let store = open(Path::new("doorbook.db")).unwrap();
    store.record(furnish).await.unwrap();
    let big = "x".repeat(100_000);
    let fill = |n: usize| {
        let (store, big) = (store.clone(), big.clone());
        async move { store.record(move |tx| settings::set(tx, &format!("big {n}"), &big)).await }
    };
    let mut stored = 0;
    let error = loop {
        match fill(stored).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "the disk never was full");
    };
    assert!(matches!(error, StoreError::Full) && error.is_passing(), "{error:?}");

    // Nothing that was answered is lost, and reads go on; the neighbours in a batch that fails are told, not forgotten.
    for n in 0..stored {
        let value = store.read(move |r| settings::get(r, &format!("big {n}"))).await.unwrap();
        assert_eq!(value.map(|v| v.len()), Some(100_000), "{n}");
    }
    let (small, large): (StoreResult<()>, StoreResult<()>) = tokio::join!(store.record(put_code(1)), fill(stored));
    assert!(matches!(large, Err(StoreError::Full)), "{large:?}");
    let there = store.read(|r| codes::find(r, &digest(1))).await.unwrap().is_some();
    assert_eq!(small.is_ok(), there, "{small:?}");

    // Room again: the store goes on without a restart.
    assert!(Command::new("mount").args(["-o", "remount,size=64m", "."]).status().unwrap().success());
    fill(stored).await.unwrap();
    store.record(put_code(2)).await.unwrap();
    drop(store);
    let store = open(Path::new("doorbook.db")).unwrap();
    assert!(store.read(|r| codes::find(r, &digest(2))).await.unwrap().is_some());
}

#[tokio::test]
#[ignore = "started by a_read_only_disk_is_told"]
async fn read_only() {
    only_in_an_empty_folder();
    drop(open(Path::new("doorbook.db")).unwrap());
    assert!(Command::new("mount").args(["-o", "remount,ro", "."]).status().unwrap().success());
    let before = fs::read("doorbook.db").unwrap();
    match open(Path::new("doorbook.db")) {
        Err(StoreError::Unusable(why)) => assert!(why.contains("doorbook.db cannot be opened"), "{why}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was opened"),
    }
    assert_eq!(fs::read("doorbook.db").unwrap(), before);
}

#[tokio::test]
async fn a_file_that_takes_no_writes_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Scratch::new().closed();
    let path = folder.path().join("doorbook.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    if fs::OpenOptions::new().append(true).open(&path).is_ok() {
        return skip("root may write to a read-only file");
    }
    assert!(matches!(open(&path), Err(StoreError::Unusable(why)) if why.contains("doorbook.db")), "{NOW:?}");
}
