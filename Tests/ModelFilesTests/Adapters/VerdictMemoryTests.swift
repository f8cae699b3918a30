import DeckCore
import Foundation
import ModelFiles
import Synchronization
import TestSupport
import Testing

/// What was verified once on a base stays verified, whatever its files are called later.
@Suite struct VerdictMemoryTests {
    private final class Records: VerifiedAdapters {
        let verified: Set<Digest>
        let bytes: Int?
        /// How often somebody asked for a digest.
        let asked = Mutex(0)

        init(_ verified: Set<Digest>, bytes: Int? = nil) {
            self.verified = verified
            self.bytes = bytes
        }

        func isVerified(_ adapter: Digest) -> Bool {
            asked.withLock { $0 += 1 }
            return verified.contains(adapter)
        }
        func mayBeVerified(fileBytes: Int) -> Bool { bytes.map { $0 == fileBytes } ?? true }
        func digest(of files: [FileState]) -> Digest? { nil }
    }

    private func reader(_ names: [String], _ records: Records) -> AdapterReader {
        AdapterReader(
            base: BaseIdentity(names: names, digest: DemoBase.digest, architecture: .llama), config: AdapterForge.base,
            root: nil, verified: records)
    }

    private func word(_ names: [String], _ records: Records, _ forge: AdapterForge) throws -> String {
        try reader(names, records).open(path: forge.write(), overrideBase: false).facts.verdict.word
    }

    @Test(arguments: [
        ["base"], ["sha256-" + String(repeating: "0123abcd", count: 8)], ["Forge-2M-Instruct"], ["Llama-2-13b"], [],
    ])
    func aRenamedBaseChangesNothing(_ names: [String]) throws {
        let digest = try AdapterForge().identity()
        #expect(try word(names, Records([digest]), AdapterForge()) == "verified")
        // Saved again under another name for its base, or none.
        for declared in ["null", "\"/data/out\"", "\"acme/Forge-9B\""] {
            let forge = AdapterForge().setting("base_model_name_or_path", declared)
            #expect(try word(names, Records([digest]), forge) == "verified")
        }
        // Other weights were never verified.
        let other = AdapterForge(seed: 2)
        #expect((try? word(names, Records([digest]), other)) != "verified")
        let own = Records([try other.identity()])
        #expect(try reader(names, own).inspect(path: other.write(), overrideBase: false).facts.verdict == .verified)
    }

    @Test func adaptersOfOtherSizesAreNotRead() throws {
        let records = Records([try AdapterForge().identity()], bytes: 1)
        #expect(try word(["base"], records, AdapterForge()) == "unverified")
        #expect(records.asked.withLock { $0 } == 0)
    }

    /// What the files themselves say of their base is no matter of names.
    @Test func anotherClassStaysRefused() throws {
        let forge = AdapterForge().setting("auto_mapping", "{\"base_model_class\": \"Llama4ForCausalLM\"}")
        let records = Records([try AdapterForge().identity()])
        #expect(throws: AdapterRefusal.self) { try word(["base"], records, forge) }
    }

    @Test func brokenWeightsAreStillRefusedWhenTheyAreRead() throws {
        let path = try AdapterForge().write()
        let records = Records([try AdapterForge().identity()])
        let weights = path + "/adapter_model.safetensors"
        let size = try #require(try FileManager.default.attributesOfItem(atPath: weights)[.size] as? Int)
        #expect(truncate(weights, off_t(size - 4)) == 0)
        #expect(throws: AdapterRefusal.self) { try reader(["base"], records).open(path: path, overrideBase: false) }
    }
}
