# title: a chain at prerouting drops before routing
# expect: cause=netfilter.rule backend=nft family=ip table=raw chain=pre
filter() { echo -p icmp --daddr 10.9.2.2; }
setup() { topo_routed; }
fault() { in_ns "$R" nft -f - <<'N'
table ip raw {
  set nets { type ipv4_addr; flags interval; elements = { 10.9.1.0/24, 192.0.2.0/24 } }
  chain pre { type filter hook prerouting priority -300; policy accept; iifname "rc" ip saddr @nets ip daddr { 10.9.2.2, 10.9.2.3 } drop; }
}
N
}
traffic() { ping_twice 10.9.2.2; }
