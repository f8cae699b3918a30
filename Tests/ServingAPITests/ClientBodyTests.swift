import Foundation
import Testing

@testable import ServingAPI

/// Bodies of the clients that people have.
@Suite("Bodies of real clients") struct ClientBodyTests {
    /// Bodies as the clients of others send them, with what they send without being asked.
    @Test(
        "What real clients send goes on working",
        arguments: [
            // openai, and a history of messages as its own objects write them.
            #"{"model":"a","messages":[{"role":"developer","content":"x"},{"role":"user","content":"x","name":"Ann"},{"role":"assistant","content":"y","refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":null},{"role":"user","content":[{"type":"text","text":"z","cache_control":{"type":"ephemeral"}}]}],"max_completion_tokens":1,"user":"u","metadata":{"a":"b"},"store":false,"service_tier":"auto","safety_identifier":"s","prompt_cache_key":"k","parallel_tool_calls":true,"tools":[],"tool_choice":"none","modalities":["text"],"reasoning_effort":null,"verbosity":"medium"}"#,
            // litellm and langchain.
            #"{"model":"a","messages":[{"role":"user","content":"x"}],"n":1,"max_tokens":1,"stream":false,"temperature":0.7,"top_p":1.0,"frequency_penalty":0,"presence_penalty":0.0,"stop":null,"logprobs":false,"top_logprobs":null,"logit_bias":null,"seed":null,"response_format":{"type":"text"},"extra_body":{},"functions":[]}"#,
            // vllm bench serve.
            #"{"model":"a","prompt":"x","repetition_penalty":1.0,"max_tokens":1,"logprobs":null,"stream":true,"stream_options":{"include_usage":true},"temperature":0.0,"best_of":1,"ignore_eos":true,"use_beam_search":false}"#,
            #"{"model":"a","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"max_completion_tokens":1,"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}"#,
            // lm_eval.
            #"{"model":"a","prompt":[[1,2,3],[4,5]],"temperature":0,"max_tokens":1,"logprobs":1,"seed":1234,"echo":true}"#,
            #"{"prompt":["x"],"model":"a","max_tokens":1,"temperature":0,"stop":["\n\n"],"seed":1234}"#,
            #"{"messages":[{"role":"user","content":"x","type":"text"}],"model":"a","max_tokens":1,"temperature":0,"stop":["a"],"seed":1234}"#,
            // vLLM's own defaults, written out.
            #"{"prompt":"x","max_tokens":1,"suffix":"","top_k":-1,"min_p":0,"length_penalty":1.0,"stop_token_ids":[],"include_stop_str_in_output":false,"min_tokens":0,"skip_special_tokens":true,"spaces_between_special_tokens":true,"truncate_prompt_tokens":null,"allowed_token_ids":null,"prompt_logprobs":null,"add_special_tokens":true,"priority":0,"return_token_ids":false,"return_tokens_as_token_ids":false,"kv_transfer_params":null,"request_id":"r","vllm_xargs":{}}"#,
            // llama.cpp's page and a wrapper of TGI.
            #"{"prompt":"x","max_tokens":1,"cache_prompt":true,"mirostat":0,"mirostat_tau":5,"mirostat_eta":0.1,"typical_p":1.0,"dry_multiplier":0,"xtc_probability":0,"samplers":[],"grammar":"","lora":[],"n_probs":null}"#,
            #"{"prompt":"x","max_tokens":1,"do_sample":true,"watermark":false,"details":false,"return_full_text":false,"adapter_id":null,"parameters":{}}"#,
        ])
    func realClients(_ body: String) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let path = body.contains("\"messages\"") ? "/v1/chat/completions" : "/v1/completions"
        let answer = try await server.post(path, body)
        #expect(answer.status == 200, "\(answer.body)")
        await server.stop()
    }
}
