//! A leader's WebSocket: frames from the hub, what the session makes of them, and events that fail.
//! What is on its way while the network is cut is lost; a close always arrives.

use crate::trouble::{Effect, Failure};
use crate::world::{Leader, World};
use mail_core::engine::SocketAddress;
use mail_core::signalr::{Event, Session};
use sandbox::{Frame, Push};

impl World {
    /// Opens the socket a leader asks for.
    pub fn connect(&mut self, leader: &mut Leader, SocketAddress(url): &SocketAddress) {
        if let Some((socket, _)) = leader.socket.take() {
            self.device.sandbox.borrow_mut().hub_closed(socket);
        }
        let path = url.strip_prefix("ws://localhost:8083").unwrap();
        if !self.device.up.get() {
            return leader.engine.socket_event(&Event::Over { why: "no network".to_owned() });
        }
        let opened = self.device.sandbox.borrow_mut().hub_open(path, self.now());
        match opened {
            Ok(socket) => {
                let (session, hello) = Session::open(self.device.now());
                leader.socket = Some((socket, session));
                self.take_events(leader, vec![hello]);
            }
            Err(_) => leader.engine.socket_event(&Event::Over { why: "refused".to_owned() }),
        }
    }

    /// Takes what the socket brought, and lets it look at the clock.
    pub fn hear_socket(&mut self, leader: &mut Leader) {
        let pushes = self.device.sandbox.borrow_mut().poll(self.now());
        self.take_pushes(leader, pushes);
        if let Some((_, session)) = &mut leader.socket {
            let events = session.tick(self.device.now());
            self.take_events(leader, events);
        }
    }

    /// Frames for this leader; those of another one's socket are lost with it.
    fn take_pushes(&mut self, leader: &mut Leader, pushes: Vec<Push>) {
        let up = self.device.up.get();
        for push in pushes {
            let Some((socket, session)) = &mut leader.socket else { return };
            if push.socket != *socket || !(up || matches!(push.frame, Frame::Close)) {
                continue;
            }
            let events = match push.frame {
                Frame::Text(text) => session.receive(&text, self.device.now()),
                Frame::Close => vec![Event::Over { why: "closed".to_owned() }],
            };
            self.take_events(leader, events);
        }
    }

    fn take_events(&mut self, leader: &mut Leader, events: Vec<Event>) {
        for event in events {
            let Some((socket, _)) = &leader.socket else { return };
            let socket = *socket;
            match &event {
                Event::Send(text) => {
                    if self.device.up.get() {
                        let pushes = self.device.sandbox.borrow_mut().hub_receive(socket, text, self.now());
                        self.take_pushes(leader, pushes);
                    }
                }
                Event::Over { why } => {
                    self.device.note(|| format!("the socket ends: {why}"));
                    self.device.sandbox.borrow_mut().hub_closed(socket);
                    leader.socket = None;
                    self.event(leader, &event);
                }
                Event::Opened | Event::Notified(_) => self.event(leader, &event),
            }
        }
    }

    fn event(&mut self, leader: &mut Leader, event: &Event) {
        let number = self.device.trouble.begin(Effect::Socket);
        let failure = self.device.trouble.event(number);
        self.device.note(|| format!("event {number}: {failure:?}"));
        let over = Event::Over { why: "broken".to_owned() };
        match failure {
            None | Some(Failure::CommitFailed) => leader.engine.socket_event(event),
            Some(Failure::DroppedBefore) => {}
            Some(Failure::Unavailable) => self.hang_up(leader, &over),
            Some(Failure::DroppedAfter) => {
                leader.engine.socket_event(event);
                self.hang_up(leader, &over);
            }
            Some(Failure::DeathBefore) => leader.dead = true,
            Some(Failure::DeathAfter) => {
                leader.engine.socket_event(event);
                leader.dead = true;
            }
        }
        leader.next = self.device.now();
    }

    fn hang_up(&mut self, leader: &mut Leader, over: &Event) {
        if let Some((socket, _)) = leader.socket.take() {
            self.device.sandbox.borrow_mut().hub_closed(socket);
        }
        leader.engine.socket_event(over);
    }
}
