# title: a segment whose timestamp is older than the ones before
# expect: cause=tcp.paws
filter() { echo -p tcp --dport 7005; }
setup() { topo_pair; }
fault() { :; }
traffic() { established; wire "$C" c0 "$S" s0 "ip(tcp(sport=40123, dport=7005, seq=1, ack=1, flags=24, timestamp=$STAMP - 100000), proto=6)"; served; }
