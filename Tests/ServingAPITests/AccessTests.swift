import DeckCore
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import ServingAPI

@Suite("Access") struct AccessTests {
    private let local = PeerAddress.ip("127.0.0.1")
    private let foreign = PeerAddress.ip("10.0.0.5")

    @Test(
        "Only a connection from this machine is local",
        arguments: [
            ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("10.0.0.5", false), ("0.0.0.0", false), ("128.0.0.1", false), ("12.7.0.1", false), ("::", false),
            ("::ffff:10.0.0.5", false), ("::ffff:0.0.0.0", false), ("::127.0.0.1", false), ("fe80::1", false),
            ("2001:db8::127", false), ("fd7f::1", false), ("127.0.0.1.example", false), ("127.0.0", false),
            ("127.0.0.256", false), ("localhost", false), ("", false),
        ] as [(String, Bool)])
    func locality(_ text: String, _ isLocal: Bool) {
        #expect(PeerAddress.ip(text).isLocal == isLocal)
    }

    @Test func anUnknownPeerIsNotLocalAndAUnixSocketIs() {
        #expect(!PeerAddress.unknown.isLocal)
        #expect(PeerAddress.unixSocket.isLocal)
    }

    private func status(_ directory: TenantDirectory, _ shown: Credential.Shown, from peer: PeerAddress) -> Int {
        do throws(APIError) {
            _ = try directory.access(Credential(shown: shown, peer: peer))
            return 200
        } catch {
            return error.status
        }
    }

    @Test func withoutKeysOnlyLocalPeersAreServed() {
        let open = TenantDirectory()
        for shown in [.nothing, .malformed, .key(APIKey())] as [Credential.Shown] {
            #expect(status(open, shown, from: local) == 200)
            #expect(status(open, shown, from: .unixSocket) == 200)
            #expect(status(open, shown, from: foreign) == 401)
            #expect(status(open, shown, from: .unknown) == 401)
        }
    }

    /// Whatever was done to the keys, nobody is let in without one again.
    @Test func whoHadKeysNeedsOneForEver() {
        let ops = TestTenant("ops", isAdministrator: true)
        for directory in [
            // All revoked; the only row cannot be read; the tenant's row cannot be read.
            TenantDirectory([], revoked: [ops]), TenantDirectory(hasHadKeys: true),
            TenantDirectory(keys: [ops.keyRecord]),
        ] {
            for shown in [.nothing, .malformed, .key(APIKey()), .key(ops.key)] as [Credential.Shown] {
                for peer in [local, foreign, .unixSocket] { #expect(status(directory, shown, from: peer) == 401) }
            }
        }
    }

    /// Any order of readings: as long as one of them showed a key, the process needs one.
    @Test func aProcessRemembersThatItHadKeys() {
        let ops = TestTenant("ops", isAdministrator: true)
        var random = SeededGenerator(seed: 14)
        for _ in 0..<200 {
            let live = LiveDirectory(TenantDirectory())
            var hadKeys = false
            for _ in 0..<8 {
                let next = [
                    TenantDirectory(), TenantDirectory([ops]), TenantDirectory([], revoked: [ops]),
                    live.current.unread("it is gone"), TenantDirectory(trouble: .replaced("another one")),
                ].randomElement(using: &random)
                guard let next else { continue }
                hadKeys = hadKeys || next.needsKey
                live.update(next)
                let isOpen = status(live.current, .nothing, from: local) == 200
                #expect(!(isOpen && hadKeys))
                #expect(status(live.current, .nothing, from: foreign) == 401)
            }
        }
    }

    @Test func aRegistryThatCannotBeReadOpensNothing() {
        let (ops, mine) = (TestTenant("ops", isAdministrator: true), TestTenant("alpha"))
        let unread = TenantDirectory().unread("it is gone")
        #expect(status(unread, .nothing, from: local) == 503)
        #expect(status(unread, .nothing, from: foreign) == 401)
        #expect(!unread.knowsWhoMayAsk)
        // What was valid when it was last read stays so; nothing else is.
        let known = TenantDirectory([mine], revoked: [ops]).unread("it is gone")
        #expect(status(known, .key(mine.key), from: foreign) == 200)
        for shown in [.nothing, .malformed, .key(APIKey()), .key(ops.key)] as [Credential.Shown] {
            #expect(status(known, shown, from: local) == 401)
        }
        #expect(known.knowsWhoMayAsk)
        #expect(!TenantDirectory([], revoked: [ops]).unread("it is gone").knowsWhoMayAsk)
    }

    /// The client's own words do not make it local, and what is no key is none.
    @Test func credentialsAreReadFromOneHeader() {
        let key = APIKey()
        let shown = { (values: [String]) in
            var headers = HTTPFields()
            headers[values: .authorization] = values
            return Credential(headers, from: self.foreign).shown
        }
        #expect(shown(["Bearer \(key.text)"]) == .key(key) && shown(["bearer \(key.text)"]) == .key(key))
        #expect(shown([]) == .nothing && shown(["Bearer"]) == .nothing && shown(["Basic \(key.text)"]) == .nothing)
        for values in [
            ["Bearer  \(key.text)"], ["Bearer \(key.text)", "Bearer \(key.text)"], ["Bearer \(key.text), x"],
            ["Bearer \(key.text.uppercased())x"], ["Bearer ldk-"], ["Bearer null"],
        ] {
            #expect(shown(values) == .malformed, "\(values)")
        }
        let forged: HTTPFields = [
            .init("X-Forwarded-For")!: "127.0.0.1", .init("Forwarded")!: "for=127.0.0.1", .init("X-Real-IP")!: "::1",
        ]
        #expect(!Credential(forged, from: foreign).peer.isLocal)
    }

    @Test func rightsCoverLessOnly() {
        let access = { (tenant: TenantRecord, isAdministrator: Bool) in
            Access(
                tenant: tenant, isAdministrator: isAdministrator,
                credential: Credential(shown: .nothing, peer: .unixSocket))
        }
        let (two, one) = (TenantRecord(name: "t", adapters: ["a", "b"]), TenantRecord(name: "t", adapters: ["a"]))
        let all = TenantRecord(name: "t", adapters: nil)
        #expect(access(two, false).covers(access(one, false)) && access(all, false).covers(access(two, false)))
        #expect(!access(one, false).covers(access(two, false)) && !access(two, false).covers(access(all, false)))
        #expect(access(one, true).covers(access(all, true)) && !access(all, false).covers(access(all, true)))
        #expect(!access(TenantRecord(name: "u", adapters: nil), true).covers(access(one, false)))
    }
}
