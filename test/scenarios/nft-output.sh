# title: the sender drops its own packets
# expect: cause=netfilter.rule backend=nft family=ip table=own chain=out rule~"dport 5300"
filter() { echo -p udp --dport 5300; }
setup() { topo_pair; }
fault() { in_ns "$C" nft -f - <<'N'
table ip own {
  chain out { type filter hook output priority 0; policy accept; oifname "c0" ip daddr 10.9.1.0/24 udp dport 5300 counter drop; }
}
N
}
traffic() { for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5300 || :; done; }
