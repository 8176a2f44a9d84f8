use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Error, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    PutPayload,
};

use super::DurableStore;

fn open() -> (tempfile::TempDir, DurableStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = DurableStore::open(&directory.path().join("new/data")).unwrap();
    (directory, store)
}

async fn names(store: &DurableStore, prefix: Option<&str>) -> Vec<String> {
    let prefix = prefix.map(Path::from);
    let found = store.list(prefix.as_ref()).map_ok(|file| file.location.to_string());
    found.try_collect().await.unwrap()
}

#[tokio::test]
async fn an_object_is_read_whole_and_in_ranges() {
    let (_directory, store) = open();
    let path = Path::from("a/b/c");
    let payload: PutPayload =
        [Bytes::from_static(b"01234"), Bytes::from_static(b"56789")].into_iter().collect();
    store.put(&path, payload).await.unwrap();
    let read = |range: GetRange| {
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        let (store, path) = (store.clone(), path.clone());
        async move { store.get_opts(&path, options).await?.bytes().await }
    };
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "0123456789");
    assert_eq!(read(GetRange::Bounded(2..5)).await.unwrap(), "234");
    assert_eq!(read(GetRange::Bounded(8..50)).await.unwrap(), "89");
    assert_eq!(read(GetRange::Offset(7)).await.unwrap(), "789");
    assert_eq!(read(GetRange::Suffix(3)).await.unwrap(), "789");
    assert!(read(GetRange::Offset(10)).await.is_err());
    assert_eq!(store.get_ranges(&path, &[0..1, 4..6]).await.unwrap(), ["0", "45"]);
    assert_eq!(store.head(&path).await.unwrap().size, 10);
    assert!(matches!(store.get(&Path::from("a/b")).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.head(&Path::from("a/x")).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_large_object_streams_in_pieces() {
    let (_directory, store) = open();
    let path = Path::from("large");
    let content: Vec<u8> = (0..20 << 20).map(|index: u32| (index % 251) as u8).collect();
    store.put(&path, content.clone().into()).await.unwrap();
    let pieces: Vec<Bytes> = store.get(&path).await.unwrap().into_stream().try_collect().await.unwrap();
    assert!(pieces.len() > 1);
    assert!(pieces.concat() == content);
}

#[tokio::test]
async fn create_is_exclusive_and_overwrite_is_not() {
    let (_directory, store) = open();
    let path = Path::from("log/1");
    let create = || PutOptions::from(PutMode::Create);
    store.put_opts(&path, "first".into(), create()).await.unwrap();
    let second = store.put_opts(&path, "second".into(), create()).await;
    assert!(matches!(second, Err(Error::AlreadyExists { .. })), "{second:?}");
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "first");
    store.put(&path, "third".into()).await.unwrap();
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "third");
}

#[tokio::test]
async fn of_many_creators_one_wins() {
    let (_directory, store) = open();
    let path = Path::from("log/1");
    let create = |number: usize| {
        let (store, path) = (store.clone(), path.clone());
        async move { store.put_opts(&path, number.to_string().into(), PutMode::Create.into()).await.is_ok() }
    };
    let won = futures::future::join_all((0..20).map(create)).await;
    let winners: Vec<usize> = (0..20).filter(|number| won[*number]).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), winners[0].to_string());
}

#[tokio::test]
async fn lists_see_objects_and_nothing_else() {
    let (directory, store) = open();
    for path in ["a/2", "a/1", "a/b/3", "c", "ab/4"] {
        store.put(&Path::from(path), "x".into()).await.unwrap();
    }
    let root = directory.path().join("new/data");
    std::fs::write(root.join(".tmp/stray"), "x").unwrap();
    assert_eq!(names(&store, None).await, ["a/1", "a/2", "a/b/3", "ab/4", "c"]);
    assert_eq!(names(&store, Some("a")).await, ["a/1", "a/2", "a/b/3"]);
    assert_eq!(names(&store, Some("c")).await, [""; 0]);
    assert_eq!(names(&store, Some("missing")).await, [""; 0]);
    let level = store.list_with_delimiter(Some(&Path::from("a"))).await.unwrap();
    assert_eq!(level.common_prefixes, [Path::from("a/b")]);
    assert_eq!(level.objects.len(), 2);
}

#[tokio::test]
async fn a_deleted_object_is_gone_and_may_be_deleted_again() {
    let (_directory, store) = open();
    let paths = [Path::from("a/1"), Path::from("a/2"), Path::from("a/1"), Path::from("b/3")];
    store.put(&paths[0], "x".into()).await.unwrap();
    let deleted: Vec<_> =
        store.delete_stream(futures::stream::iter(paths.clone()).map(Ok).boxed()).collect().await;
    assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    assert_eq!(names(&store, None).await, [""; 0]);
}

#[tokio::test]
async fn parts_stand_in_the_order_in_which_they_were_given() {
    let (directory, store) = open();
    let path = Path::from("segments/1");
    let mut upload = store.put_multipart(&path).await.unwrap();
    let parts = [
        upload.put_part("first ".into()),
        upload.put_part("second ".into()),
        upload.put_part("third".into()),
    ];
    for part in parts.into_iter().rev() {
        part.await.unwrap();
    }
    assert!(matches!(store.head(&path).await, Err(Error::NotFound { .. })), "not before it is complete");
    upload.complete().await.unwrap();
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "first second third");

    drop(store.put_multipart(&path).await.unwrap());
    store.put_multipart(&path).await.unwrap().abort().await.unwrap();
    let temporary = directory.path().join("new/data/.tmp");
    assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0, "nothing is left behind");
}

#[tokio::test]
async fn no_name_leads_out_of_the_directory_or_to_our_own_files() {
    let (_directory, store) = open();
    for path in ["../x", "a/../../x", "LOCK", ".tmp/0", "a/./b"] {
        // `Path::parse` refuses some of these by itself; `from_url_path` and others may not.
        let Ok(path) = Path::parse(path) else { continue };
        assert!(store.put(&path, "x".into()).await.is_err(), "{path}");
        assert!(store.get(&path).await.is_err(), "{path}");
        assert!(store.delete(&path).await.is_err(), "{path}");
    }
    store.put(&Path::from("a/LOCK"), "x".into()).await.unwrap();
}

#[tokio::test]
async fn a_directory_has_one_owner_and_any_number_of_readers() {
    let (directory, store) = open();
    let root = directory.path().join("new/data");
    store.put(&Path::from("a"), "x".into()).await.unwrap();
    assert!(matches!(DurableStore::open(&root), Err(crate::StorageError::Locked { .. })));
    let reader = DurableStore::open_read_only(&root).unwrap();
    assert_eq!(reader.get(&Path::from("a")).await.unwrap().bytes().await.unwrap(), "x");
    assert!(matches!(reader.put(&Path::from("b"), "x".into()).await, Err(Error::PermissionDenied { .. })));
    assert!(reader.delete(&Path::from("a")).await.is_err());

    std::fs::write(root.join(".tmp/stray"), "x").unwrap();
    drop(store);
    let store: Arc<dyn ObjectStore> = Arc::new(DurableStore::open(&root).unwrap());
    assert!(!root.join(".tmp/stray").exists(), "what a crash left behind is cleared");
    drop(store);
}
