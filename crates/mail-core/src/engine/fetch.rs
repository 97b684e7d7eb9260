//! How a request leaves and how its answer is taken in. Asking needs no more than the doors, so up to four requests are under way;
//! what an answer changes is decided against the store as it is when the answer is taken in, one after the other.

use super::flights::Flight;
use super::jobs::Job;
use super::{Engine, Ports};
use crate::error::{Error, StoreError};
use crate::id::{FolderId, MessageId};
use crate::ports::{Clock, Http};
use crate::store::Store;
use crate::time::Timestamp;
use futures::future::select;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

impl<P: Ports + 'static> Engine<P> {
    /// Waits for an answer to a request under way; for ever where there is none. Whoever stops waiting loses nothing.
    pub async fn landing(&self) {
        poll_fn(|context| if self.flights.poll(context) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Waits for so long, or until an answer is there: what a host does between two runs.
    pub async fn rest(&self, wait: Duration) {
        select(pin!(self.landing()), pin!(self.ports.clock().sleep(wait))).await;
    }

    /// Whether an answer is waited for.
    pub fn is_asking(&self) -> bool {
        self.flights.count() > 0
    }

    /// Does the one most urgent thing, and lets as many requests leave as there is room for. Says whether anything was done.
    pub(super) async fn step(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let mut asked = 0;
        while let Some(job) = self.next_job(now).await? {
            if !job.is_fetched() {
                self.perform_now(job).await;
                return Ok(true);
            }
            asked += 1;
            self.leave(job).await?;
            if asked > super::flights::SLOTS {
                return Ok(true);
            }
        }
        if !self.flights.have_landed() {
            return Ok(false);
        }
        let (schedule, folders) = (&self.schedule, self.folders().await?);
        let landed = self.flights.land(&|id| schedule.rank(&folders, id));
        let Some((Flight { job, left, overtaken, changed, .. }, answer)) = landed else { return Ok(false) };
        let result = match answer {
            Ok(response) => {
                self.lane.answered.set(true);
                self.take_in(&job, response, &overtaken, &changed).await
            }
            Err(error) => Err(Error::Net(error)),
        };
        self.settle(job, result, left).await;
        Ok(true)
    }

    /// The number of the departure that comes next.
    pub(super) fn next_departure(&self) -> u64 {
        self.departures + 1
    }

    fn departs(&mut self) -> u64 {
        self.departures += 1;
        self.departures
    }

    /// Does something that has to be done in one go.
    async fn perform_now(&mut self, job: Job) {
        let left = self.departs();
        let result = self.perform(&job).await;
        self.settle(job, result, left).await;
    }

    /// Lets a request leave, unless what it would bring is here.
    async fn leave(&mut self, job: Job) -> Result<(), StoreError> {
        if let Job::Body(id) = &job
            && !self.again.contains(id)
            && self.store().holds_body(id).await?
        {
            self.body_is_here(id);
            return Ok(());
        }
        self.ask(job).await;
        Ok(())
    }

    /// Lets a request leave.
    pub(super) async fn ask(&mut self, job: Job) {
        let Some(request) = self.request(&job) else { return };
        let left = self.departs();
        match self.authorised(request) {
            Ok(request) => {
                match &job {
                    Job::Newest(folder) | Job::Messages(folder, _) => self.schedule.asking(&folder.id),
                    Job::Folders(_) => self.schedule.asking_about_the_tree(),
                    Job::Token
                    | Job::Body(_)
                    | Job::Push(_)
                    | Job::Roles
                    | Job::Me
                    | Job::Channel(_)
                    | Job::LookAt(_)
                    | Job::Prefetch(_)
                    | Job::Room(_)
                    | Job::Attachment(_)
                    | Job::Tend(_)
                    | Job::Void => {}
                }
                let ports = Rc::clone(&self.ports);
                self.flights.add(job, left, Box::pin(async move { ports.http().send(request).await }));
            }
            Err(error) => self.settle(job, Err(error), left).await,
        }
    }

    /// The request of what is fetched.
    fn request(&self, job: &Job) -> Option<http::Request<Vec<u8>>> {
        Some(match job {
            Job::Body(id) => self.service.body(id).request,
            Job::Attachment(key) => self.service.attachment(key).request,
            Job::Prefetch(ids) => self.service.bodies(ids).request,
            Job::Folders(link) => self.service.folder_changes(link.as_deref()).request,
            Job::Me => self.service.me().request,
            Job::Newest(folder) => self.service.newest(&folder.id, super::pull::FIRST_LOOK).request,
            Job::Messages(folder, link) => self.service.message_changes(&folder.id, link.as_deref()).request,
            Job::LookAt(id) => self.service.message(id).request,
            Job::Token | Job::Push(_) | Job::Roles | Job::Channel(_) | Job::Room(_) | Job::Tend(_) | Job::Void => {
                return None;
            }
        })
    }

    /// Takes an answer in.
    async fn take_in(
        &mut self,
        job: &Job,
        response: http::Response<Vec<u8>>,
        overtaken: &[FolderId],
        changed: &[MessageId],
    ) -> Result<(), Error> {
        if let Job::Attachment(key) = job {
            // Its bytes are taken over, not copied.
            return self.take_attachment(key, response).await;
        }
        let response = &response;
        match job {
            Job::Body(id) if changed.contains(id) => Ok(()),
            Job::Body(id) => self.take_body(id, response).await,
            Job::Prefetch(ids) => self.take_batch(ids, response, changed).await,
            Job::Folders(link) => self.take_folders(link.as_deref(), response).await,
            Job::Me => self.take_me(response).await,
            Job::Newest(folder) => self.take_newest(folder, response, overtaken).await,
            Job::Messages(folder, link) => self.take_messages(folder, link.as_deref(), response, overtaken).await,
            Job::LookAt(id) => self.take_look(id, response, overtaken).await,
            Job::Token
            | Job::Attachment(_)
            | Job::Push(_)
            | Job::Roles
            | Job::Channel(_)
            | Job::Room(_)
            | Job::Tend(_)
            | Job::Void => Ok(()),
        }
    }

    /// A request will not be answered, or its answer told nothing: what it was for is due as before.
    pub(super) fn asked_in_vain(&mut self, job: &Job, now: Timestamp) {
        match job {
            Job::Newest(folder) | Job::Messages(folder, _) => self.schedule.again(&folder.id, now),
            Job::Folders(_) => self.schedule.tree_in_doubt(now),
            Job::Token
            | Job::Body(_)
            | Job::Push(_)
            | Job::Roles
            | Job::Me
            | Job::Channel(_)
            | Job::LookAt(_)
            | Job::Prefetch(_)
            | Job::Room(_)
            | Job::Attachment(_)
            | Job::Tend(_)
            | Job::Void => {}
        }
    }

    /// An act of ours changed rows of these folders. What is on its way about them or the tree may be older, and would undo on the
    /// screen what was just done: it is asked for anew.
    pub(super) fn acted_on(&mut self, folders: &[&FolderId]) {
        let void = self.flights.give_up(&|job| match job {
            Job::Newest(folder) | Job::Messages(folder, _) => folders.contains(&&folder.id),
            Job::Folders(_) | Job::LookAt(_) => true,
            Job::Token
            | Job::Body(_)
            | Job::Push(_)
            | Job::Roles
            | Job::Me
            | Job::Channel(_)
            | Job::Prefetch(_)
            | Job::Room(_)
            | Job::Attachment(_)
            | Job::Tend(_)
            | Job::Void => false,
        });
        let now = self.now();
        for job in void {
            self.asked_in_vain(&job, now);
        }
        self.flights.overtake(folders.iter().map(|folder| (*folder).clone()));
    }
}
