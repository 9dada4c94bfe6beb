# title: half a command of FTP, which the helper of connection tracking does not let pass
# needs: nft
# expect: cause=conntrack.invalid
# guests: bullseye trixie
filter() { echo -p tcp --dport 21; }
setup() { topo_pair; }
fault() {
  in_ns "$S" nft -f - <<'N'
table ip ftp {
  ct helper standard { type "ftp" protocol tcp; }
  chain prerouting { type filter hook prerouting priority 0; tcp dport 21 ct helper set "standard"; }
}
N
}
traffic() {
  serve "$S" tcp 21 python3 -c 'import socket,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("10.9.1.1",21)); s.listen(1); c,_=s.accept()
c.recv(100); c.sendall(b"331 who?\r\n"); time.sleep(120)'
  in_ns "$C" timeout 60 python3 -c 'import socket,time
s=socket.create_connection(("10.9.1.1",21)); s.sendall(b"USER x\r\n"); s.recv(100); s.sendall(b"PORT 10,9,1,2,4"); time.sleep(3)'
  served
}
