# title: nothing is wrong with a connection through a router and NAT
# expect: 
filter() { echo -p tcp --port 7003; }
setup() { topo_routed; in_ns "$R" nft -f - <<'N'
table ip nat {
  chain post { type nat hook postrouting priority 100; oifname "rs" masquerade; }
}
table inet fw {
  chain forward { type filter hook forward priority 0; policy drop; ct state established,related accept; tcp dport 7003 accept; }
}
N
}
fault() { :; }
traffic() { serve "$S" tcp 7003 nc -N -l 10.9.2.2 7003; head -c 20000 /dev/zero | in_ns "$C" nc -N -w 3 10.9.2.2 7003; served; }
