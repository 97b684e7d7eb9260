//! Frames that come wrong: doubled, overtaken, halved, or beside what nobody understands.

use http::Request;
use sandbox::{Frame, Host, Push, SocketId};
use serde_json::{Value, json};

use crate::client::Client;

const RS: char = '\u{1e}';

/// A client with one subscription and its socket.
pub struct Live {
    pub client: Client,
    pub socket: SocketId,
    pub subscription: Value,
}

impl Live {
    pub fn new() -> Self {
        let mut client = Client::new();
        let got = client.post(
            "/beta/subscriptions",
            json!({
                "changeType": "created", "notificationUrl": "websockets:?groupId=g1", "resource": "me/messages",
                "expirationDateTime": "2026-11-23T10:12:00Z", "clientState": "secret",
            }),
        );
        let subscription = got.json();
        let path = Self::negotiated(&mut client, &subscription);
        let socket = client.sandbox.hub_open(&path, client.now_ms).unwrap();
        let mut live = Self { client, socket, subscription };
        live.say(&json!({"protocol": "json", "version": 1}));
        live
    }

    /// The address of a socket, by both negotiates.
    pub fn negotiated(client: &mut Client, subscription: &Value) -> String {
        let url = subscription["notificationUrl"].as_str().unwrap();
        let url = url.strip_prefix("websockets:http://localhost:8082").unwrap().replacen('?', "/negotiate?", 1);
        let first = client.call("POST", &url, None, &[]).json();
        let token = first["accessToken"].as_str().unwrap();
        let path = first["url"].as_str().unwrap().strip_prefix("http://localhost:8083").unwrap().to_owned();
        let request = Request::post(path.replacen("/client/?", "/client/negotiate?negotiateVersion=1&", 1))
            .header("authorization", format!("Bearer {token}"))
            .body(Vec::new())
            .unwrap();
        let second = client.send(Host::Hub, request).json();
        format!("{path}&id={}&access_token={token}", second["connectionToken"].as_str().unwrap())
    }

    fn say(&mut self, message: &Value) -> Vec<Push> {
        self.client.sandbox.hub_receive(self.socket, &format!("{message}{RS}"), self.client.now_ms)
    }

    fn spoil(&mut self, rule: Value) {
        self.client.control("POST", "frames", &rule);
    }

    /// The frames that are due now.
    pub fn frames(&mut self) -> Vec<String> {
        let pushes = self.client.sandbox.poll(self.client.now_ms);
        pushes
            .into_iter()
            .filter(|push| push.socket == self.socket)
            .filter_map(|push| match push.frame {
                Frame::Text(text) => Some(text),
                Frame::Close => None,
            })
            .collect()
    }

    /// The notifications that are due now, whatever frames they come in.
    pub fn notices(&mut self) -> Vec<Value> {
        let all = self.frames().concat();
        all.split_terminator(RS)
            .filter_map(|one| serde_json::from_str::<Value>(one).ok())
            .filter_map(|one| serde_json::from_str(one["arguments"][0].as_str()?).ok())
            .collect()
    }

    fn ids(&mut self) -> Vec<String> {
        self.notices().iter().map(|one| one["resourceData"]["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_doubled_notification_comes_twice_and_rules_skip_and_end() {
    let mut live = Live::new();
    live.spoil(json!({"what": "duplicate", "skip": 1, "times": 1}));
    let ids: Vec<String> = ["one", "two", "three"].iter().map(|subject| live.client.arrive(subject)).collect();
    assert_eq!(live.ids(), [ids[0].clone(), ids[1].clone(), ids[1].clone(), ids[2].clone()]);
}

#[test]
fn a_notification_is_overtaken_by_the_next_or_comes_late_alone() {
    let mut live = Live::new();
    live.spoil(json!({"what": "reorder", "times": 1}));
    let (first, second) = (live.client.arrive("first"), live.client.arrive("second"));
    assert_eq!(live.ids(), [second, first]);
    live.spoil(json!({"what": "reorder", "times": 1}));
    let alone = live.client.arrive("alone");
    assert_eq!(live.ids().len(), 0);
    assert_eq!(live.client.sandbox.next_due(), Some(live.client.now_ms + 1000));
    live.client.wait(1000);
    assert_eq!(live.ids(), [alone], "nothing came to overtake it");
}

#[test]
fn frames_hold_strangers_and_halves() {
    let mut live = Live::new();
    live.spoil(json!({"what": "unknown_type", "times": 1}));
    live.client.arrive("one");
    let frames = live.frames();
    assert_eq!((frames.len(), frames[0].as_str()), (2, "{\"type\":99}\u{1e}"));
    live.spoil(json!({"what": "malformed", "times": 1}));
    live.client.arrive("two");
    let frames = live.frames();
    assert_eq!(frames.len(), 2);
    assert!(serde_json::from_str::<Value>(frames[0].trim_end_matches(RS)).is_err());
    live.spoil(json!({"what": "split", "times": 1}));
    live.client.arrive("three");
    let frames = live.frames();
    assert!(frames.len() == 2 && !frames[0].contains(RS) && frames[1].ends_with(RS));
}

#[test]
fn what_was_held_comes_when_the_rules_end() {
    let mut live = Live::new();
    live.spoil(json!({"what": "reorder"}));
    let id = live.client.arrive("held");
    assert_eq!(live.ids().len(), 0);
    live.client.control("DELETE", "frames", &json!({}));
    assert_eq!(live.ids(), [id]);
    live.client.arrive("free");
    assert_eq!(live.ids().len(), 1);
}

#[test]
fn an_unknown_way_to_spoil_is_named() {
    let mut client = Client::new();
    for (call, body) in
        [("frames", json!({"what": "tickle"})), ("frames", json!({})), ("hub", json!({"action": "dance"}))]
    {
        let request = Request::post(format!("/_sandbox/{call}")).body(body.to_string().into_bytes()).unwrap();
        assert_eq!(client.send(Host::Graph, request).status, 400, "{body}");
    }
}
