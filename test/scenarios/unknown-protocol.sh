# title: nothing takes packets of protocol 253
# expect: cause=ip.unknown_protocol
filter() { echo -p 253; }
setup() { topo_pair; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(b"x" * 20, proto=253)'; }
