use super::*;

struct Dice;
impl Random for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(0).after(Duration::from_secs(seconds))
}

fn granted(expires: Timestamp) -> Subscription {
    Subscription { id: SubscriptionId::new("s"), expires, channel: Some("https://g/ws".to_owned()) }
}

fn refused(status: u16) -> Error {
    Error::Graph(GraphError::Refused { status, code: String::new(), retry_after: None, request_id: None })
}

#[test]
fn it_subscribes_connects_renews_and_starts_over_when_expired() {
    let mut channel = Channel::new(&Dice);
    assert_eq!(channel.need(at(0)), Some(Need::Subscribe));
    channel.subscribed(granted(at(3600)), at(0));
    assert_eq!(channel.need(at(0)), Some(Need::Connect("https://g/ws".to_owned())));
    channel.connecting("ws://x".to_owned(), at(0));
    assert!(channel.take_address().is_some());
    assert_eq!((channel.need(at(1)), channel.take_address()), (None, None));
    channel.opened(at(0));
    assert!(channel.is_open());
    assert_eq!(channel.need(at(1801)), Some(Need::Renew(SubscriptionId::new("s"))));
    assert_eq!(channel.need(at(3600)), Some(Need::Subscribe));
}

#[test]
fn a_refused_channel_is_left_for_a_day() {
    for status in [400, 402, 403, 404, 500, 501, 503] {
        let mut channel = Channel::new(&Dice);
        channel.failed(&Need::Subscribe, &refused(status), at(0), 0);
        let refused_for_long = channel.need(at(3600)).is_none();
        assert_eq!(refused_for_long, matches!(status, 400 | 402 | 403 | 501), "{status}");
        assert_eq!(channel.need(at(86_401)), Some(Need::Subscribe));
    }
}

#[test]
fn a_short_life_is_renewed_in_its_middle_and_a_failed_renewal_leaves_the_socket_open() {
    let mut channel = Channel::new(&Dice);
    channel.subscribed(granted(at(600)), at(0));
    channel.opened(at(0));
    assert_eq!(channel.need(at(299)), None);
    let need = channel.need(at(300)).unwrap();
    assert_eq!(need, Need::Renew(SubscriptionId::new("s")));
    for _ in 0..3 {
        channel.failed(&need, &refused(503), at(300), u32::MAX);
    }
    assert!(channel.is_open());
    assert_eq!(channel.need(at(309)), None, "not again at once");
    let without_address = Subscription { channel: None, ..granted(at(900)) };
    channel.subscribed(without_address, at(310));
    assert!(channel.is_open());
    assert_eq!(channel.need(at(400)), None);
}

#[test]
fn it_never_gives_up_reconnecting() {
    let mut channel = Channel::new(&Dice);
    channel.subscribed(granted(at(1_000_000)), at(0));
    let mut waits = Vec::new();
    let mut now = at(0);
    for _ in 0..7 {
        channel.closed(now, u32::MAX);
        waits.push(channel.next_due().since(now).as_secs());
        now = channel.next_due();
        assert!(channel.need(now).is_some());
    }
    assert_eq!(waits, [0, 2, 10, 30, 60, 60, 60]);
    channel.hurry(now);
    channel.closed(now, 0);
    assert_eq!(channel.next_due(), now);
}

#[test]
fn a_connection_that_breaks_at_once_again_and_again_is_waited_for_ever_longer() {
    let mut channel = Channel::new(&Dice);
    channel.subscribed(granted(at(1_000_000)), at(0));
    let (mut now, mut waits) = (at(0), Vec::new());
    for _ in 0..4 {
        channel.connecting("ws://x".to_owned(), now);
        channel.opened(now);
        channel.closed(now, u32::MAX);
        waits.push(channel.next_due().since(now).as_secs());
        now = channel.next_due();
    }
    assert_eq!(waits, [0, 2, 10, 30]);
    channel.opened(now);
    channel.closed(now.after(Duration::from_secs(60)), 0);
    assert_eq!(channel.next_due(), now.after(Duration::from_secs(60)), "a good one is replaced at once");
}

#[test]
fn an_opening_that_hangs_is_tried_again() {
    let mut channel = Channel::new(&Dice);
    channel.subscribed(granted(at(10_000)), at(0));
    channel.connecting("ws://x".to_owned(), at(0));
    assert_eq!(channel.need(at(29)), None);
    assert!(channel.need(at(31)).is_some());
}

#[test]
fn foreign_and_forged_notifications_are_ignored() {
    let mut channel = Channel::new(&Dice);
    channel.subscribed(granted(at(10_000)), at(0));
    let inbox = FolderId::new("inbox");
    let folders = [crate::store::contract::folder("inbox", None)];
    let own = Notification {
        subscription: Some(SubscriptionId::new("s")),
        client_state: Some(channel.client_state.clone()),
        ..Notification::default()
    };
    let forged = Notification { client_state: Some("wrong".to_owned()), ..own.clone() };
    let foreign = Notification { subscription: Some(SubscriptionId::new("other")), ..own.clone() };
    for (notification, heard) in [(forged, false), (foreign, false), (own, true)] {
        let mut schedule = Schedule::new(at(0));
        schedule.asking(&folders[0].id);
        schedule.folder_asked(&folders[0], at(0), true);
        channel.notified(&notification, &inbox, &mut schedule, at(5));
        assert_eq!(schedule.next_folder(&folders, at(5), &|_| false).is_some(), heard);
    }
}

#[test]
fn lifecycle_events_renew_or_replace_the_subscription() {
    let mut channel = Channel::new(&Dice);
    let mut schedule = Schedule::new(at(0));
    let inbox = FolderId::new("inbox");
    let event = |lifecycle| Notification { lifecycle: Some(lifecycle), ..Notification::default() };
    channel.subscribed(granted(at(10_000)), at(0));
    channel.notified(&event(Lifecycle::ReauthorizationRequired), &inbox, &mut schedule, at(5));
    assert_eq!(channel.need(at(5)), Some(Need::Renew(SubscriptionId::new("s"))));
    channel.notified(&event(Lifecycle::SubscriptionRemoved), &inbox, &mut schedule, at(5));
    assert_eq!(channel.need(at(5)), Some(Need::Subscribe));
}
