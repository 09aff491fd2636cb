// Runs in the page before the app: a peer connection whose pictures are drawn here, so that the page can
// be tested without a media server. `fakePeer` is the test's handle.
(() => {
	const peers = new Set();
	window.fakePeer = { peers, isStalled: false, doesConnect: true };

	function paint(context, at) {
		const { width, height } = context.canvas;
		const night = context.createLinearGradient(0, 0, 0, height);
		night.addColorStop(0, '#1d2b3a');
		night.addColorStop(1, '#3a2f2a');
		context.fillStyle = night;
		context.fillRect(0, 0, width, height);
		context.fillStyle = '#f2e2b8';
		context.beginPath();
		context.arc(width * 0.8, height * 0.25, 46, 0, 7);
		context.fill();
		context.fillStyle = '#6b4a35';
		for (let x = 0.22; x < 0.7; x += 0.05)
			context.fillRect(width * x, height * 0.5, 12, height * 0.32);
		context.fillRect(width * 0.2, height * 0.48, width * 0.5, 16);
		context.fillRect(width * 0.2, height * 0.8, width * 0.5, 16);
		context.fillStyle = '#d9b48f';
		context.beginPath();
		context.arc(width * 0.36, height * 0.68 + Math.sin(at / 400) * 4, 40, 0, 7);
		context.fill();
		context.fillStyle = '#dfe7ee';
		context.font = '600 34px sans-serif';
		context.fillText(new Date().toLocaleTimeString(), 28, 52);
	}

	class FakePeer extends EventTarget {
		constructor() {
			super();
			this.connectionState = 'new';
			this.iceGatheringState = 'complete';
			this.kinds = [];
			this.bytes = 0;
			peers.add(this);
		}
		addTransceiver(kind) {
			this.kinds.push(kind);
		}
		async setLocalDescription() {
			const fingerprint = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, '0').toUpperCase()).join(':');
			this.localDescription = { sdp: `v=0\r\na=ice-ufrag:fake\r\na=ice-pwd:fake\r\na=fingerprint:sha-256 ${fingerprint}\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n` };
		}
		async setRemoteDescription() {
			if (!window.fakePeer.doesConnect)
				return;
			const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
			const context = canvas.getContext('2d');
			const stream = canvas.captureStream(25);
			paint(context, 0);
			this.timer = setInterval(() => {
				if (window.fakePeer.isStalled)
					return;
				this.bytes += 4000;
				paint(context, performance.now());
			}, 60);
			this.ontrack?.({ track: stream.getVideoTracks()[0] });
			this.setState('connected');
		}
		setState(state) {
			this.connectionState = state;
			this.onconnectionstatechange?.();
		}
		async getStats() {
			return new Map([['v', { type: 'inbound-rtp', kind: 'video', bytesReceived: this.bytes }], ['a', { type: 'inbound-rtp', kind: 'audio', audioLevel: 0.08 }]]);
		}
		close() {
			clearInterval(this.timer);
			this.connectionState = 'closed';
			peers.delete(this);
		}
	}
	window.RTCPeerConnection = FakePeer;
})();
