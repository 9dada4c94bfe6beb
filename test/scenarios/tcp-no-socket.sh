# title: nobody listens on the TCP port, so the server resets
# expect: cause=socket.none
filter() { echo -p tcp --dport 4445; }
setup() { topo_pair; }
fault() { :; }
traffic() { in_ns $C nc -w 2 10.9.1.1 4445 </dev/null; }
