# title: a chain of a device's own drops what it receives
# expect: cause=netfilter.rule backend=nft family=netdev table=f chain=i
# guests: forky
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { topo_pair; }
fault() { in_ns "$S" nft -f - <<'N'
table netdev f {
  chain i { type filter hook ingress device "s0" priority 0; policy accept; ip saddr 10.9.1.2 icmp type echo-request drop; }
}
N
}
traffic() { ping_twice 10.9.1.1; }
