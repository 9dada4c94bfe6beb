# title: a verdict map of nftables drops
# expect: cause=netfilter.rule backend=nft family=inet table=fw chain=input rule~"vmap"
filter() { echo -p udp --dport 5300; }
setup() { topo_pair; }
fault() { in_ns "$S" nft -f - <<'N'
table inet fw {
  chain input { type filter hook input priority 0; policy accept; udp dport vmap { 53 : accept, 5300 : drop }; }
}
N
}
traffic() { for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5300; done; }
