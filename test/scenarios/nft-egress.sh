# title: a chain of a device's own drops what it sends
# expect: cause=netfilter.rule backend=nft family=netdev table=f chain=e
# guests: trixie
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_pair; warm 10.9.1.1; }
fault() { in_ns "$C" nft -f - <<'N'
table netdev f {
  chain e { type filter hook egress device "c0" priority 0; policy accept; icmp type echo-request drop; }
}
N
}
traffic() { ping_twice 10.9.1.1; }
