//! `StartSyncExecution` carries the host prefix `sync-`, which the SDK also puts before a custom endpoint (`sync-127.0.0.1`).

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Takes the prefix away before the endpoint is resolved. Installed only where the target has an endpoint of its own.
#[derive(Debug)]
pub(super) struct WithoutPrefix;

#[dyn_dispatch_hint]
impl Intercept for WithoutPrefix {
    fn name(&self) -> &'static str {
        "WithoutPrefix"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().unset::<EndpointPrefix>();
        Ok(())
    }
}
