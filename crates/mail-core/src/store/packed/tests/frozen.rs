//! The formats, byte for byte: what an earlier build wrote must stay readable.
//! Whoever changes one gives it a new number and keeps these.

use super::*;

#[test]
fn packed_records_are_frozen() {
    let row = Message {
        conversation: Some(crate::id::ConversationId::new("c1")),
        to: vec![Address { name: "Ada".to_owned(), address: "ada@petrel.test".to_owned() }],
        preview: String::new(),
        is_read: true,
        flag: Flag::Complete,
        importance: Importance::High,
        kind: Kind::MeetingResponse,
        ..message("m1", "f", 1_000)
    };
    let next = Message { preview: String::new(), received: Timestamp::from_millis(-1), ..message("m2", "f", 0) };
    let store = packed(Shape { shards: 2, ..Shape::default() });
    let writes = [row, next].map(|row| Write::Message(Box::new(row))).to_vec();
    block_on(store.commit(Commit::relaxed(writes))).unwrap();
    let written: Vec<String> = store
        .records()
        .everything()
        .into_iter()
        .map(|(key, record)| {
            format!("{} {}", key.name, record.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        })
        .collect();
    assert_eq!(written, FROZEN);
    // What is written can be read, and where an id belongs never changes.
    let read = block_on(store.rows(&["m1", "m2"].map(MessageId::new))).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(hash(b"AAkALgAAAAAAHYQDEapmEc2byACqAC"), HASH);
}

#[test]
fn rows_of_a_build_without_conversations_are_kept_and_get_them() {
    let store = packed(Shape { shards: 2, ..Shape::default() });
    for (name, record) in FROZEN.iter().filter_map(|line| line.split_once(' ')) {
        if name.starts_with("rows/") {
            let digits = record.as_bytes().as_chunks::<2>().0.iter();
            let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
            let mut bytes: Vec<u8> = digits.map(byte).collect();
            // Every record of that build had this format, the catalogue too.
            bytes[0] = 1;
            store.records().spoil(Key::new(Table::Mail, name), Some(bytes));
        }
    }
    assert_eq!(block_on(store.count(&FolderId::new("f"))).unwrap(), 2);
    assert_eq!(block_on(store.rows(&["m1", "m2"].map(MessageId::new))).unwrap().len(), 2);
    assert_eq!(block_on(store.conversation_count(None)).unwrap(), 0);
    let cursor = Write::Cursor(CursorKey::Messages(FolderId::new("f")), Cursor::start(false));
    block_on(store.commit(Commit::relaxed(vec![cursor]))).unwrap();
    conversations::check(&store);
    assert_eq!(block_on(store.conversation_count(None)).unwrap(), 2);
    let catalogue = &store.records().everything()[&catalogue()];
    assert_eq!(catalogue[0], 2, "that build must not change these rows any more");
}

const HASH: u64 = 16654665930955921086;
/// Of conversations two directories, two leaves and two shards of members; of rows catalogue, directory, leaf and two shards:
/// format, kind, checksum, content.
const FROZEN: [&str; 11] = [
    "conversations/directory/f 0144885a2d8275d2bbca00010067020184b353f8ca9a320b0000",
    "conversations/everywhere 0144f3fe7ad60801c7c5ffffffff0f010067020184b353f8ca9a320b0000",
    "conversations/leaf/0/0 014584b353f8ca9a320b00026331010000000198f8ffffffffffffff010000026d31030005477261636500116\
     7726163654070657472656c2e746573740003416461000f6164614070657472656c2e7465737400026d320101000001e9070001013201050\
     01100",
    "conversations/leaf/4294967295/0 014584b353f8ca9a320b00026331010000000198f8ffffffffffffff010000026d31030005477261\
     6365001167726163654070657472656c2e746573740003416461000f6164614070657472656c2e7465737400026d320101000001e9070001\
     01320105001100",
    "conversations/members/0 015336b675086116f8936a1fa45623f7bcba00e803000000000000",
    "conversations/members/1 015300d9aeab2ce3a5da29022978e6fe6b9200ffffffffffffffff",
    "rows/catalogue 0243066375722f0f30970100010166",
    "rows/directory/f 014465f55522d8d2a2880001007a020152473670b4ca470e0000",
    "rows/leaf/0/0 014c52473670b4ca470e98f8ffffffffffffff0100026d31d90a00016600026331000d5375626a656374206f66206d310000000547\
     72616365001167726163654070657472656c2e74657374010003416461000f6164614070657472656c2e746573740000e907010132900101000c0132\
     000005001100000000",
    "rows/shard/0 0153f3e566446d241dd0ca6ad1d72722d42500e803000000000000",
    "rows/shard/1 015300d9aeab2ce3a5da29022978e6fe6b9200ffffffffffffffff",
];

#[test]
fn what_only_this_device_knows_is_frozen_in_every_format() {
    use crate::id::OpId;
    use crate::outbox::{Act, OpState, SendStage};
    let op = r#"{"id":"0000000000005-0001-00000007","act":{"Send":{"mail":{"to":[{"name":"Grace","address":"grace@petrel.test"}],"cc":[],"subject":"Grüße","text":"a\nb","answers":{"message":"m","all":true}},"stage":{"Sending":{"draft":"d","since":3,"looks":1}}}},"queued_at":5,"not_before":6,"attempts":2,"state":"Waiting"}"#;
    let draft = r#"{"id":"d1","mail":{"to":[],"cc":[],"subject":"s","text":"t","answers":null},"typed":["gra",""],"changed":4}"#;
    for number in ["", "\u{1}"] {
        let store = packed(Shape::default());
        store.records().spoil(Key::new(Table::Ops, "o"), Some(format!("{number}{op}").into_bytes()));
        store.records().spoil(Key::new(Table::Drafts, "d1"), Some(format!("{number}{draft}").into_bytes()));
        let ops = block_on(store.ops()).unwrap();
        let [known] = ops.as_slice() else { panic!("{ops:?}") };
        assert_eq!(known.id, OpId::new("0000000000005-0001-00000007"));
        assert_eq!((known.attempts, &known.state), (2, &OpState::Waiting));
        let Act::Send { mail, stage: SendStage::Sending { looks: 1, .. } } = &known.act else { panic!("{known:?}") };
        assert_eq!((mail.subject.as_str(), mail.to.len()), ("Grüße", 1));
        let drafts = block_on(store.drafts()).unwrap();
        assert_eq!(drafts[0].typed.0, "gra");
        // And this is how they are written today.
        block_on(store.commit(Commit::strict(vec![
            Write::Op(Box::new(known.clone())),
            Write::Draft(Box::new(drafts[0].clone())),
        ])))
        .unwrap();
        let written = store.records().everything();
        assert_eq!(written[&Key::new(Table::Ops, known.id.as_str())], format!("\u{1}{op}").into_bytes());
        assert_eq!(written[&Key::new(Table::Drafts, "d1")], format!("\u{1}{draft}").into_bytes());
    }
    let store = packed(Shape::default());
    store.records().spoil(Key::new(Table::Ops, "o"), Some(format!("\u{2}{op}").into_bytes()));
    assert_eq!(block_on(store.ops()), Err(StoreError::Lost), "a newer build knows more");
}

#[test]
fn bodies_of_builds_that_did_not_ask_what_attachments_are_stay_readable() {
    use crate::model::AttachmentKind;
    let body = r#"{"content":{"Html":"<img src=\"cid:x\">"},"attachments":[{"id":"a","name":"x.png","content_type":"image/png","size":3,"is_inline":true}]}"#;
    let store = packed(Shape::default());
    store.records().spoil(Key::new(Table::Bodies, "m"), Some(format!("\u{1}{body}").into_bytes()));
    let read = block_on(store.body(&MessageId::new("m"))).unwrap().unwrap();
    assert_eq!((read.attachments[0].kind, &read.attachments[0].content_id), (AttachmentKind::Unknown, &None));
    assert!(read.is_dated());
}

#[test]
fn the_index_of_attachments_is_frozen_and_damage_costs_no_more_than_them() {
    use super::super::attachments;
    use crate::model::AttachmentKey;
    let key = |attachment: &str| AttachmentKey { message: MessageId::new("m"), attachment: attachment.to_owned() };
    let keep = |name: &str, at: i64| Write::Attachment(key(name), b"bytes".to_vec(), Timestamp::from_millis(at));
    let store = packed(Shape::default());
    block_on(store.commit(Commit::relaxed(vec![keep("a", 1_000), keep("b", -1)]))).unwrap();
    let written = store.records().everything();
    let hex = |record: &[u8]| record.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(&written[&attachments::index()]), INDEX);
    assert_eq!(written[&Key::new(Table::Attachments, "m\na")], b"bytes");
    let mut spoilt = written[&attachments::index()].clone();
    *spoilt.last_mut().unwrap() ^= 1;
    store.records().spoil(attachments::index(), Some(spoilt));
    assert_eq!(block_on(store.attachments()).unwrap(), []);
    block_on(store.commit(Commit::relaxed(vec![keep("c", 5)]))).unwrap();
    assert_eq!(block_on(store.attachments()).unwrap().len(), 1);
    let left: Vec<_> = store.records().everything().into_keys().filter(|key| key.table == Table::Attachments).collect();
    assert_eq!(left, [Key::new(Table::Attachments, "m\nc")], "nothing lies where nobody counts it");
    let newer = written[&attachments::index()].iter().enumerate().map(|(at, byte)| if at == 0 { 9 } else { *byte });
    store.records().spoil(attachments::index(), Some(newer.collect()));
    assert_eq!(block_on(store.attachments()), Err(StoreError::Lost), "a newer build knows more");
}

/// Two entries: message, attachment, bytes, last use.
const INDEX: &str = "01415046f6090448f1ea016d016105e803000000000000016d016205ffffffffffffffff";
