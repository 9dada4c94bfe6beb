# title: rules that mark, count and accept are not blamed
# expect: cause=netfilter.rule backend=nft table=fw chain=late rule~"mark 0x"
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_pair; }
fault() { in_ns "$S" nft -f - <<'N'
table inet fw {
  chain early { type filter hook prerouting priority -200; policy accept; icmp type echo-request meta mark set 0x7 counter; }
  chain input { type filter hook input priority 0; policy accept; meta l4proto icmp counter accept; }
  chain late { type filter hook input priority 10; policy accept; meta mark 0x7 drop; }
}
N
}
traffic() { ping_twice 10.9.1.1; }
