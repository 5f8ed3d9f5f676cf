//! From a scenario to tests.

use crate::{Plan, World};

/// Starts a World, plays the scenario in it, and ends it. A panic of the scenario shows the logs.
pub fn play(plan: Plan, scenario: impl AsyncFnOnce(&mut World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be started");
    let mut world = runtime.block_on(World::start(plan));
    runtime.block_on(scenario(&mut world));
}

/// Makes two tests of one scenario: `NAME::over_standalone` and `NAME::over_cluster`.
///
/// `both_ways! { async fn what_is_promised(world: &mut World) { … } }`, with `in |plan| plan.with(…),` in front when
/// the World shall be a special one.
#[macro_export]
macro_rules! both_ways {
    ($($scenario:tt)*) => {
        $crate::tests_of! { [over_standalone: Standalone] [over_cluster: Cluster] $($scenario)* }
    };
}

/// Like [`both_ways!`], for what only a cluster can do.
#[macro_export]
macro_rules! cluster_only {
    ($($scenario:tt)*) => {
        $crate::tests_of! { [over_cluster: Cluster] $($scenario)* }
    };
}

/// Like [`both_ways!`], for what only the one process can do.
#[macro_export]
macro_rules! standalone_only {
    ($($scenario:tt)*) => {
        $crate::tests_of! { [over_standalone: Standalone] $($scenario)* }
    };
}

/// Behind [`both_ways!`] and its like.
#[doc(hidden)]
#[macro_export]
macro_rules! tests_of {
    (
        $([$test:ident: $way:ident])+
        $(in $change:expr,)?
        async fn $name:ident($world:ident: &mut World) $body:block
    ) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn scenario($world: &mut $crate::World) $body

            fn plan(way: $crate::Way) -> $crate::Plan {
                let changes: &[fn($crate::Plan) -> $crate::Plan] = &[$($change)?];
                changes.iter().fold($crate::Plan::new(way), |plan, change| change(plan))
            }

            $(
                #[test]
                fn $test() {
                    $crate::play(plan($crate::Way::$way), scenario);
                }
            )+
        }
    };
}
