# title: a segment that does not belong to what the connection expects
# expect: cause=tcp.out_of_window
filter() { echo -p tcp --dport 7005; }
setup() { topo_pair; }
fault() { :; }
traffic() { established; wire "$C" c0 "$S" s0 'ip(tcp(sport=40123, dport=7005, seq=1, ack=1, flags=24), proto=6)' 1
wire "$C" c0 "$S" s0 'ip(tcp(sport=40123, dport=7005, seq=0x80000001, ack=1, flags=24), proto=6)' 1; served; }
