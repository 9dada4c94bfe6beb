# title: a virtual service of IPVS without a real server
# needs: ipvsadm
# machine: own
# expect: cause=ipvs.no_destination
# guests: trixie
filter() { echo -p tcp --dport 8080; }
setup() { topo_pair; modprobe ip_vs; in_ns "$S" ipvsadm -A -t 10.9.1.1:8080 -s rr; }
fault() { :; }
traffic() { in_ns "$C" nc -w 2 10.9.1.1 8080 </dev/null; }
