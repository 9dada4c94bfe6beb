# title: a rule of the bridge family drops
# expect: cause=netfilter.rule backend=nft family=bridge table=b chain=forwarding
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_bridged; warm 10.9.1.1; }
fault() { in_ns "$R" nft -f - <<'N'
table bridge b {
  chain forwarding { type filter hook forward priority 0; policy accept; ip protocol icmp drop; }
}
N
}
traffic() { ping_twice 10.9.1.1; }
