use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{UserId, Username};

/// A person as others see them. `email` is there only when one looks at oneself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct User {
    /// The account.
    pub id: UserId,
    /// The name the account signs in with.
    pub username: Username,
    /// Only of oneself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub email: Option<String>,
    /// May be empty.
    #[serde(default)]
    #[schema(required)]
    pub first_name: String,
    /// May be empty.
    #[serde(default)]
    #[schema(required)]
    pub last_name: String,
}
