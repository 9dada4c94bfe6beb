# title: a TCP connect is dropped by one nftables rule among several
# expect: cause=netfilter.rule backend=nft family=inet table=fw chain=input rule~"tcp dport 8080"
filter() { echo -p tcp --daddr 10.9.1.1 --dport 8080; }
setup() { topo_pair; in_ns $S nft -f - <<'N'
table inet fw {
  chain input { type filter hook input priority 0; policy accept; tcp dport 22 accept; udp dport 53 accept; }
}
N
}
fault() { in_ns $S nft add rule inet fw input tcp dport 8080 counter drop; in_ns $S nft add rule inet fw input tcp dport 9090 drop; }
traffic() { in_ns $C nc -w 2 10.9.1.1 8080 </dev/null; }
