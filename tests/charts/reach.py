"""Who may open a connection to whom, by the NetworkPolicies that were rendered."""

from dataclasses import dataclass, field

from rendering import NAMESPACE, selects


@dataclass(frozen=True)
class Pod:
    name: str
    labels: dict = field(hash=False)
    namespace: str = NAMESPACE


@dataclass(frozen=True)
class Outside:
    """An address that is no pod's."""

    name: str


def may_connect(policies, source, target, port, protocol="TCP"):
    """As Kubernetes decides: what no policy selects may do everything, what some select only what one of them allows."""
    return _allowed(policies, "Egress", source, target, port, protocol) and _allowed(
        policies, "Ingress", target, source, port, protocol
    )


def _allowed(policies, direction, whose, other, port, protocol):
    if isinstance(whose, Outside):
        return True
    about = [
        policy["spec"]
        for policy in policies
        if whose.namespace == NAMESPACE
        and direction in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], whose.labels)
    ]
    if not about:
        return True
    side = "from" if direction == "Ingress" else "to"
    return any(
        _has_port(rule, port, protocol) and _has_peer(rule.get(side), other)
        for spec in about
        for rule in spec.get(direction.lower()) or []
    )


def _has_port(rule, port, protocol):
    ports = rule.get("ports")
    return not ports or any(p.get("port") in (None, port) and p.get("protocol", "TCP") == protocol for p in ports)


def _has_peer(peers, other):
    return not peers or any(_is_peer(peer, other) for peer in peers)


def _is_peer(peer, other):
    if "ipBlock" in peer:
        return isinstance(other, Outside) and other.name == peer["ipBlock"]["cidr"]
    if isinstance(other, Outside):
        return False
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace}):
            return False
    elif other.namespace != NAMESPACE:
        return False
    return selects(peer.get("podSelector", {}), other.labels)
