//! The account that a run is against: the project file, the rules of a target, and the session with it.
//!
//! Everything that differs between the embedded sandbox, an emulator and AWS itself is decided here; nothing above asks which it is.

mod answers;
mod facts;
mod guard;
mod inherit;
mod project;
mod rates;
mod read;
mod session;
mod table;

pub(crate) use answers::WholeAnswers;
pub use facts::{AwsFacts, FactKind, facts};
pub(crate) use facts::{chain, class};
pub use guard::{Need, Refusal, judge_needs};
pub use project::{Account, AthenaDefaults, Defaults, Limits, Project, Target, Unsupported};
pub use rates::{Rate, Rates};
pub use read::{PROJECT_FILE, find_root, load};
pub use session::{Session, SessionError, Surroundings};
pub use table::PROJECT;
