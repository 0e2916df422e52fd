"""Addresses that may be called: public ones, and those of networks that somebody named."""

import pickle

import pytest

from daybook.networks import Networks


@pytest.mark.parametrize("address", ["1.1.1.1", "192.0.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_what_is_public_may_be_called(address: str) -> None:
    """Also where an IPv6 address stands for a public IPv4 one."""
    assert Networks().admit(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.255.254", id="all of loopback"),
        pytest.param("10.0.0.1", id="private, class A"),
        pytest.param("172.16.0.1", id="private, class B"),
        pytest.param("192.168.0.1", id="private, class C"),
        pytest.param("169.254.169.254", id="link-local, where clouds tell their secrets"),
        pytest.param("100.64.0.1", id="shared by carriers, RFC 6598"),
        pytest.param("0.0.0.0", id="this host"),  # noqa: S104  it is refused
        pytest.param("192.0.0.1", id="protocol assignments"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("239.1.1.1", id="multicast of an organization"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::1", id="loopback, IPv6"),
        pytest.param("::", id="this host, IPv6"),
        pytest.param("fe80::1", id="link-local, IPv6"),
        pytest.param("fe80::1%eth0", id="link-local, with its interface"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("fd00::1", id="unique local"),
        pytest.param("ff02::1", id="multicast, IPv6"),
        pytest.param("2001:db8::1", id="documentation, IPv6"),
        pytest.param("2001:0:a00:1::1", id="Teredo"),
        pytest.param("5f00::1", id="not given out"),
        pytest.param("::127.0.0.1", id="IPv4-compatible"),
        pytest.param("::ffff:127.0.0.1", id="IPv4-mapped"),
        pytest.param("::ffff:10.0.0.1", id="IPv4-mapped, private"),
        pytest.param("64:ff9b::10.0.0.1", id="NAT64"),
        pytest.param("64:ff9b:1::10.0.0.1", id="NAT64 of one's own, RFC 8215"),
        pytest.param("2002:a00:1::1", id="6to4"),
    ],
)
def test_what_is_not_public_may_not(address: str) -> None:
    """Each kind, and each way in which an IPv6 address leads to it."""
    assert not Networks().admit(address)
    assert not Networks("10.2.0.0/16,fd01::/16").admit(address)


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::1", "127.0.0.1", "fd00::7", "1.1.1.1"],
)
def test_what_somebody_named_may_be_called(address: str) -> None:
    """A network, or a single address; whatever is public still may."""
    assert Networks(" 10.1.0.0/16, 127.0.0.1,fd00::/64 ,").admit(address)


@pytest.mark.parametrize("text", ["localhost", "10.1.0.1/16", "10.1.0.0/33", "10.1.0.0/16;10.2.0.0/16"])
def test_what_is_no_network_is_no_setting(text: str) -> None:
    """Host bits are a mistake more often than a network."""
    with pytest.raises(ValueError, match=r"network|host bits"):
        Networks(text)


def test_they_are_told_to_other_processes() -> None:
    """As text, in the environment; and as they are, to a process that is forked."""
    networks = Networks("10.1.0.0/16, fd00::1")

    assert Networks(str(networks)) == networks
    assert pickle.loads(pickle.dumps(networks)) == networks  # noqa: S301  our own
