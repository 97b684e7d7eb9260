//! Notifications: subscription, both negotiates, the socket, delivery and redelivery.

use http::Request;
use sandbox::{Frame, Host, Push, SocketId};
use serde_json::{Value, json};

use crate::client::{ADA, Client, message};

const RS: char = '\u{1e}';

pub fn subscribe(client: &mut Client, resource: &str) -> Value {
    let got = client.post(
        "/beta/subscriptions",
        json!({
            "changeType": "created,updated,deleted", "notificationUrl": "websockets:?groupId=g1", "resource": resource,
            "expirationDateTime": "2026-11-23T10:12:00Z", "clientState": "secret",
        }),
    );
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()
}

/// The path and query to open a socket with.
pub fn negotiate(client: &mut Client, notification_url: &str, session: &str) -> String {
    let url = notification_url.strip_prefix("websockets:http://localhost:8082").unwrap();
    let url =
        url.replace("?groupid=", "/negotiate?groupid=").replace("sessionid=default", &format!("sessionid={session}"));
    let first = client.call("POST", &format!("{url}&negotiateVersion=1"), None, &[]);
    assert_eq!(first.status, 200);
    let first = first.json();
    assert_eq!(first["negotiateVersion"], 0);
    let (service, token) =
        (first["url"].as_str().unwrap().to_owned(), first["accessToken"].as_str().unwrap().to_owned());
    let path = service.strip_prefix("http://localhost:8083").unwrap().to_owned();
    let (head, query) = path.split_once("/?").unwrap();
    let request = Request::post(format!("{head}/negotiate?{query}&negotiateVersion=1"))
        .header("authorization", format!("Bearer {token}"))
        .body(Vec::new())
        .unwrap();
    let second = client.send(Host::Hub, request).json();
    assert_eq!(second["availableTransports"][0]["transport"], "WebSockets");
    format!("{path}&id={}&access_token={token}", second["connectionToken"].as_str().unwrap())
}

pub fn texts(pushes: &[Push], socket: SocketId) -> Vec<Value> {
    pushes
        .iter()
        .filter(|push| push.socket == socket)
        .filter_map(|push| match &push.frame {
            Frame::Text(text) => Some(text),
            Frame::Close => None,
        })
        .flat_map(|text| {
            text.split_terminator(RS).map(|one| serde_json::from_str(one).unwrap()).collect::<Vec<Value>>()
        })
        .collect()
}

pub fn connect(client: &mut Client, notification_url: &str, session: &str) -> SocketId {
    let path = negotiate(client, notification_url, session);
    let socket = client.sandbox.hub_open(&path, client.now_ms).unwrap();
    let said =
        client.sandbox.hub_receive(socket, &format!("{{\"protocol\":\"json\",\"version\":1}}{RS}"), client.now_ms);
    let said = texts(&said, socket);
    assert_eq!(said[0], json!({}));
    assert_eq!(said[1]["target"], "EchoMessage");
    socket
}

/// The notifications in pushes, with the names of their invocations.
pub fn notices(pushes: &[Push], socket: SocketId) -> Vec<(String, Value)> {
    texts(pushes, socket)
        .into_iter()
        .filter(|one| one["target"] == "receivenotificationmessageasync")
        .map(|one| {
            let text = one["arguments"][0].as_str().unwrap();
            (one["invocationId"].as_str().unwrap().to_owned(), serde_json::from_str(text).unwrap())
        })
        .collect()
}

pub fn url(subscription: &Value) -> String {
    subscription["notificationUrl"].as_str().unwrap().to_owned()
}

#[test]
fn a_mail_that_arrives_is_told_over_the_socket_and_told_once_when_acknowledged() {
    let mut client = Client::new();
    let subscription = subscribe(&mut client, "me/mailFolders('Inbox')/messages");
    let socket = connect(&mut client, &url(&subscription), "s1");
    let id = client.arrive("one");
    let pushes = client.sandbox.poll(client.now_ms);
    let told = notices(&pushes, socket);
    assert_eq!(told.len(), 1);
    let notice = &told[0].1;
    assert_eq!(notice["changeType"], "created");
    assert_eq!(notice["resourceData"]["id"], id.as_str());
    assert_eq!(notice["clientState"], "secret");
    assert_eq!(notice["subscriptionId"], subscription["id"]);
    let answer = json!({"type": 3, "invocationId": told[0].0, "result": {"StatusCode": "200"}});
    client.sandbox.hub_receive(socket, &format!("{answer}{RS}"), client.now_ms);
    client.wait(11_000);
    assert_eq!(notices(&client.sandbox.poll(client.now_ms), socket).len(), 0);
}

#[test]
fn what_is_not_acknowledged_comes_again_and_then_no_more() {
    let mut client = Client::new();
    let subscription = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&subscription), "s1");
    client.arrive("one");
    let mut tries = 0;
    for _ in 0..6 {
        tries += notices(&client.sandbox.poll(client.now_ms), socket).len();
        client.sandbox.hub_receive(socket, &format!("{{\"type\":6}}{RS}"), client.now_ms);
        client.wait(10_000);
    }
    assert_eq!(tries, 3);
}

#[test]
fn every_session_of_a_group_hears_every_subscription_of_it() {
    let mut client = Client::new();
    let inbox = subscribe(&mut client, "me/mailFolders('inbox')/messages");
    let archive = subscribe(&mut client, "/me/mailFolders/archive/messages");
    assert_eq!(url(&inbox), url(&archive), "one group shares one channel");
    let first = connect(&mut client, &url(&inbox), "s1");
    let second = connect(&mut client, &url(&inbox), "s2");
    let again = connect(&mut client, &url(&inbox), "s2");
    let id = client.arrive("one");
    client.sandbox.poll(client.now_ms);
    client.post(&format!("{}/move", message(&id)), json!({"destinationId": "archive"}));
    let pushes = client.sandbox.poll(client.now_ms);
    for socket in [first, again] {
        let kinds: Vec<(String, Value)> = notices(&pushes, socket)
            .into_iter()
            .map(|(_, notice)| (notice["changeType"].as_str().unwrap().to_owned(), notice["subscriptionId"].clone()))
            .collect();
        assert_eq!(kinds, [("deleted".to_owned(), inbox["id"].clone()), ("created".to_owned(), archive["id"].clone())]);
    }
    assert_eq!(notices(&pushes, second).len(), 0, "an older socket of the same session hears nothing");
}

#[test]
fn a_subscription_is_raised_to_its_floor_renewed_and_ended() {
    let mut client = Client::new();
    let got = client.post(
        "/v1.0/subscriptions",
        json!({"changeType": "created", "notificationUrl": "websockets:", "resource": "me/messages", "expirationDateTime": "2026-11-23T09:13:00Z"}),
    );
    let subscription = got.json();
    assert_eq!(subscription["expirationDateTime"], "2026-11-23T09:57:00.000Z");
    assert!(
        url(&subscription)
            .starts_with("websockets:http://localhost:8082/1.0/subscriptions/notificationChannel/websockets/")
    );
    let path = format!("/v1.0/subscriptions/{}", subscription["id"].as_str().unwrap());
    let renewed = client.patch(&path, json!({"expirationDateTime": "2026-11-23T11:12:00Z"})).json();
    assert_eq!(renewed["expirationDateTime"], "2026-11-23T11:12:00.000Z");
    for bad in ["2026-11-23T09:00:00Z", "2026-12-23T09:00:00Z", "soon"] {
        assert_eq!(client.patch(&path, json!({"expirationDateTime": bad})).status, 400, "{bad}");
    }
    assert_eq!(client.get("/v1.0/subscriptions")["value"].as_array().unwrap().len(), 1);
    client.wait(2 * 3_600_000 + 1);
    client.token = client.token_of(ADA);
    assert_eq!(client.patch(&path, json!({"expirationDateTime": "2026-11-24T11:12:00Z"})).status, 404);
    for (name, value) in [("resource", "me/events"), ("changeType", "moved"), ("notificationUrl", "https://x.example/")]
    {
        let mut body = json!({"changeType": "created", "notificationUrl": "websockets:", "resource": "me/messages", "expirationDateTime": "2026-11-23T13:13:00Z"});
        body[name] = json!(value);
        assert_eq!(client.post("/v1.0/subscriptions", body).status, 400, "{name}");
    }
}

#[test]
fn negotiating_needs_a_token_a_known_channel_and_the_beta_address() {
    let mut client = Client::new();
    let subscription = subscribe(&mut client, "me/messages");
    let path =
        url(&subscription).replace("websockets:http://localhost:8082", "").replace("?groupid", "/negotiate?groupid");
    assert_eq!(client.call("POST", &path.replace("/beta/", "/1.0/"), None, &[]).status, 404);
    assert_eq!(client.call("POST", &path.replace("websockets/", "websockets/x"), None, &[]).status, 404);
    let token = std::mem::take(&mut client.token);
    assert_eq!(client.call("POST", &path, None, &[]).status, 401);
    client.token = token;
    let open = negotiate(&mut client, &url(&subscription), "s");
    let status = |got: Result<SocketId, http::Response<Vec<u8>>>| got.unwrap_err().status().as_u16();
    assert_eq!(status(client.sandbox.hub_open(&open.replace("access_token=", "access_token=x"), client.now_ms)), 401);
    assert_eq!(status(client.sandbox.hub_open("/client/?id=nobody&access_token=x", client.now_ms)), 404);
    client.sandbox.hub_open(&open, client.now_ms).unwrap();
    assert_eq!(status(client.sandbox.hub_open(&open, client.now_ms)), 409);
    let log = client.control("GET", "log", &json!({}));
    let upgrades: Vec<u64> = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["path"] == "/client/")
        .map(|row| row["status"].as_u64().unwrap())
        .collect();
    assert_eq!(upgrades, [401, 404, 101, 409]);
    assert!(!log.to_string().contains("access_token"), "a log holds no tokens");
}

#[test]
fn the_server_pings_and_lets_silent_clients_go() {
    let mut client = Client::new();
    let subscription = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&subscription), "s");
    client.wait(15_000);
    assert_eq!(client.sandbox.next_due(), Some(client.now_ms));
    let pushes = client.sandbox.poll(client.now_ms);
    assert_eq!(texts(&pushes, socket), [json!({"type": 6})]);
    client.wait(15_000);
    let pushes = client.sandbox.poll(client.now_ms);
    assert_eq!(pushes.last(), Some(&Push { socket, frame: Frame::Close }));
    client.arrive("one");
    assert_eq!(client.sandbox.poll(client.now_ms), []);
}

#[test]
fn sockets_can_be_dropped_silenced_and_closed_on_command() {
    let mut client = Client::new();
    let subscription = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&subscription), "s");
    client.control("POST", "hub", &json!({"action": "silence"}));
    client.arrive("one");
    client.wait(16_000);
    assert_eq!(client.sandbox.poll(client.now_ms), []);
    client.control("POST", "hub", &json!({"action": "close", "allow_reconnect": true}));
    assert_eq!(
        client.sandbox.poll(client.now_ms),
        [Push { socket, frame: Frame::Close }],
        "a silent socket says no goodbye"
    );
    let socket = connect(&mut client, &url(&subscription), "s");
    client.control("POST", "hub", &json!({"action": "close", "allow_reconnect": true}));
    let pushes = client.sandbox.poll(client.now_ms);
    let goodbye = &texts(&pushes, socket)[0];
    assert_eq!((goodbye["type"].as_i64(), goodbye["allowReconnect"].as_bool()), (Some(7), Some(true)));
    let socket = connect(&mut client, &url(&subscription), "s");
    client.control("POST", "hub", &json!({"action": "drop"}));
    assert_eq!(client.sandbox.poll(client.now_ms), [Push { socket, frame: Frame::Close }]);
}

#[test]
fn malformed_messages_end_the_connection_and_unknown_calls_get_an_error() {
    let mut client = Client::new();
    let subscription = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&subscription), "s");
    let now_ms = client.now_ms;
    let two = format!(
        "{{\"type\":1,\"target\":\"ping\",\"arguments\":[]}}{RS}{{\"type\":1,\"invocationId\":\"9\",\"target\":\"Fly\",\"arguments\":[]}}{RS}"
    );
    // Messages may be cut anywhere.
    let (a, b) = two.split_at(17);
    assert_eq!(client.sandbox.hub_receive(socket, a, now_ms), []);
    let said = client.sandbox.hub_receive(socket, b, now_ms);
    let said = texts(&said, socket);
    assert_eq!((said.len(), said[0]["invocationId"].as_str()), (1, Some("9")));
    assert!(said[0]["error"].is_string());
    let said = client.sandbox.hub_receive(socket, &format!("{{}}{RS}"), now_ms);
    assert_eq!(texts(&said, socket)[0]["type"], 7);
    assert_eq!(said.last().unwrap().frame, Frame::Close);
}

#[test]
fn ids_in_notifications_have_the_format_of_the_subscription() {
    let mut client = Client::new();
    client.prefer.clear();
    let subscription = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&subscription), "s");
    let immutable = client.arrive("one");
    let pushes = client.sandbox.poll(client.now_ms);
    let id = notices(&pushes, socket)[0].1["resourceData"]["id"].as_str().unwrap().to_owned();
    assert_ne!(id, immutable);
    assert_eq!(client.get(&message(&id))["subject"], "one");
}
