import Foundation
import TestSupport

/// `Tests/Goldens/smollm2.json`: what transformers and PEFT answer in float32.
struct SmolLM2Golden: Decodable {
    struct Case: Decodable {
        let adapter: String?
        let prompt: String
        let promptIDs: [Int]
        let greedyIDs: [Int]
        let promptLogprobs: [Float?]
        /// For each greedy position, (id, log-probability) pairs, most likely first.
        let top: [[(id: Int, logprob: Float)]]

        private enum CodingKeys: String, CodingKey {
            case adapter, prompt
            case promptIDs = "prompt_ids"
            case greedyIDs = "greedy_ids"
            case promptLogprobs = "prompt_logprobs"
            case top = "top_logprobs"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            adapter = try container.decodeIfPresent(String.self, forKey: .adapter)
            prompt = try container.decodeIfPresent(String.self, forKey: .prompt) ?? ""
            promptIDs = try container.decode([Int].self, forKey: .promptIDs)
            greedyIDs = try container.decode([Int].self, forKey: .greedyIDs)
            promptLogprobs = try container.decodeIfPresent([Float?].self, forKey: .promptLogprobs) ?? []
            top = try container.decode([[[Double]]].self, forKey: .top).map { position in
                position.map { (Int($0[0]), Float($0[1])) }
            }
        }

        /// Whether the oracle itself could go either way at a position.
        func isTie(at position: Int, within nats: Float = 0.01) -> Bool {
            top[position].count > 1 && top[position][0].logprob - top[position][1].logprob < nats
        }
    }

    let cases: [Case]

    static func load(_ name: String = "smollm2.json") throws -> [Case] {
        try Fixture.golden(name, as: SmolLM2Golden.self).cases
    }
}
