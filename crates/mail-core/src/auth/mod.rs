//! Signing in with Entra ID: authorization code with PKCE by top-level redirect, answers in the fragment.
//! Source: Microsoft identity platform, *OAuth 2.0 authorization code flow*.

mod authority;
mod callback;
mod error;
mod id_token;

pub use authority::{AccessToken, Authority, SignedIn, discover};
pub use callback::{Returned, returned};
pub use error::AuthError;
pub use id_token::{Claims, Expected};
